//! A request after the first look at it: who asks, for which object, with which parameters.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use common::http::Problem;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use super::App;
use super::access::{ANONYMOUS, Ask, Authorization, Reach, Rules};
use super::document::Sight;
use super::precondition::Precondition;
use super::refusal::Refusal;
use super::table::KindEntry;
use crate::api::{Identity, Scope, Verb};

/// A request, identified.
pub(super) struct Call {
    pub(super) app: App,
    pub(super) identity: Identity,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) query: Parameters,
}

/// Query parameters in the order sent.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl FromRequestParts<App> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let identity = app
            .options()
            .authentication
            .identify(&parts.extensions)
            .map_err(|refusal| app.problem(&refusal))?;
        let mut call = Self {
            app: app.clone(),
            identity,
            namespace: None,
            name: None,
            query: Parameters(
                Query::try_from_uri(&parts.uri)
                    .map(|Query(pairs)| pairs)
                    .unwrap_or_default(),
            ),
        };
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| app.problem(&Refusal::Path))?;
        for (key, value) in &params {
            if value.is_empty() {
                return Err(app.problem(&Refusal::NoRoute));
            }
            match key {
                "namespace" => call.namespace = Some(value.to_owned()),
                _ => call.name = Some(value.to_owned()),
            }
        }
        Ok(call)
    }
}

impl Call {
    /// The name in the path; routes without one never ask.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Key of the object in the path.
    pub(super) fn key(&self, kind: &KindEntry) -> String {
        kind.key(self.namespace.as_deref(), self.name())
    }

    fn place(&self) -> String {
        self.namespace
            .as_ref()
            .map(|namespace| format!(" in namespace '{namespace}'"))
            .unwrap_or_default()
    }

    pub(super) fn not_found(&self, kind: &KindEntry) -> Refusal {
        Refusal::NotFound {
            kind: kind.kind,
            name: self.name().to_owned(),
            place: self.place(),
        }
    }

    pub(super) fn exists(&self, kind: &KindEntry, name: &str) -> Refusal {
        Refusal::Exists {
            kind: kind.kind,
            name: name.to_owned(),
            place: self.place(),
        }
    }

    /// Preconditions sent as query parameters.
    pub(super) fn precondition(&self) -> Precondition {
        let parameter = |name| {
            self.query
                .get(name)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        Precondition {
            uid: parameter("uid"),
            resource_version: parameter("resourceVersion"),
        }
    }

    fn reach(&self, kind: &KindEntry) -> Reach<'_> {
        match (kind.scope, self.namespace.as_deref()) {
            (Scope::Global, _) => Reach::Global,
            (Scope::Namespaced, Some(namespace)) => Reach::Namespace(namespace),
            (Scope::Namespaced, None) => Reach::All,
        }
    }

    /// Refuses what the user may not do.
    pub(super) async fn authorize(
        &self,
        kind: &KindEntry,
        sub_resource: Option<&str>,
        verb: Verb,
    ) -> Result<(), Refusal> {
        match self.app.options().authorization {
            Authorization::AlwaysAllow => Ok(()),
            Authorization::AlwaysDeny => Err(Refusal::Forbidden("Everything is denied here.".to_owned())),
            Authorization::Rbac => {
                if self.identity.0 == ANONYMOUS {
                    return Err(Refusal::Unauthenticated);
                }
                let rules = self.rules().await?;
                self.judge(&rules, kind, sub_resource, verb)
            }
        }
    }

    /// The rules in force.
    pub(super) async fn rules(&self) -> Result<Arc<Rules>, Refusal> {
        self.app.inner.roles.current(self.app.store()).await
    }

    /// Decides by given rules.
    pub(super) fn judge(
        &self,
        rules: &Rules,
        kind: &KindEntry,
        sub_resource: Option<&str>,
        verb: Verb,
    ) -> Result<(), Refusal> {
        let ask = self.ask(kind, sub_resource, verb);
        if rules.allows(&self.identity.0, &ask) {
            return Ok(());
        }
        Err(Refusal::Forbidden(explain(rules, &self.identity.0, &ask)))
    }

    fn ask<'a>(&'a self, kind: &'a KindEntry, sub_resource: Option<&'a str>, verb: Verb) -> Ask<'a> {
        Ask {
            api: kind.api,
            resource: kind.plural,
            sub_resource,
            reach: self.reach(kind),
            verb,
        }
    }

    /// Whether the user sees secrets: everybody where there are no rules, else holders of the right `get` on
    /// `<plural>/secrets`.
    pub(super) async fn sight(&self, kind: &KindEntry) -> Result<Sight, Refusal> {
        if kind.secrets.is_empty() || self.app.options().authorization != Authorization::Rbac {
            return Ok(Sight::Full);
        }
        Ok(self.sight_by(&*self.rules().await?, kind))
    }

    /// As [`Self::sight`], by given rules.
    pub(super) fn sight_by(&self, rules: &Rules, kind: &KindEntry) -> Sight {
        if rules.allows(&self.identity.0, &self.ask(kind, Some("secrets"), Verb::Get)) {
            Sight::Full
        } else {
            Sight::Redacted
        }
    }

    /// Reads the body within the limit of size; whoever owns the socket sees to the time.
    pub(super) async fn read(&self, body: Body) -> Result<Bytes, Refusal> {
        let limit = self.app.options().body_limit;
        to_bytes(body, limit).await.map_err(|error| {
            if is_length_limit(&error) {
                Refusal::TooLarge { limit }
            } else {
                Refusal::Incomplete
            }
        })
    }

    /// The answer, or the problem document that says why there is none.
    pub(super) fn answer<T: IntoResponse>(&self, result: Result<T, Refusal>) -> Response {
        match result {
            Ok(answer) => answer.into_response(),
            Err(refusal) => self.app.problem(&refusal).into_response(),
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

fn explain(rules: &Rules, user: &str, ask: &Ask<'_>) -> String {
    let verb = format!("{:?}", ask.verb).to_lowercase();
    let sub = ask.sub_resource.map(|sub| format!("/{sub}")).unwrap_or_default();
    let what = format!("'{user}' may not {verb} {}{sub}", ask.resource);
    let namespaces: Vec<_> = rules.namespaces(user, ask).into_iter().collect();
    match ask.reach {
        Reach::Global => format!("{what}."),
        Reach::Namespace(namespace) => format!("{what} in namespace '{namespace}'."),
        Reach::All if namespaces.is_empty() => format!("{what} in all namespaces."),
        Reach::All => format!("{what} in all namespaces, only in: {}.", namespaces.join(", ")),
    }
}

/// A JSON answer.
pub(super) struct Json(pub(super) Vec<u8>);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::OK, self.0).into_response();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}
