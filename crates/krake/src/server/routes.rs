//! From the table of kinds to routes.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post, put};

use super::call::Call;
use super::refusal::Refusal;
use super::table::{KINDS, KindEntry};
use super::{App, cors, events, generic, read, write};
use crate::api::Scope;

/// All routes over an app.
pub(super) fn router(app: &App) -> Router {
    let generic = Router::new()
        .route("/", get(generic::root))
        .route("/me", get(generic::me))
        .route("/release", get(generic::release))
        .route("/scheduler", get(generic::scheduler))
        .route("/openapi.json", get(generic::openapi));
    KINDS
        .iter()
        .fold(generic, add_kind)
        .fallback(|call: Call| async move { call.app.problem(&Refusal::NoRoute) })
        .method_not_allowed_fallback(|call: Call| async move { call.app.problem(&Refusal::NoMethod) })
        .layer(from_fn_with_state(app.clone(), cors::cors))
        .with_state(app.clone())
}

fn add_kind(router: Router<App>, kind: &'static KindEntry) -> Router<App> {
    let all = format!("/{}/{}", kind.api, kind.plural);
    let list = get(move |call: Call| read::list(kind, call));
    let create = post(move |call: Call, body: Body| write::create(kind, call, body));
    let (router, collection) = match kind.scope {
        Scope::Global => (router.route(&all, list.merge(create)), all),
        Scope::Namespaced => {
            let collection = format!("/{}/namespaces/{{namespace}}/{}", kind.api, kind.plural);
            (
                router
                    .route(&all, list.clone())
                    .route(&collection, list.merge(create)),
                collection,
            )
        }
    };
    let object = format!("{collection}/{{name}}");
    let router = router
        .route(&object, object_methods(kind))
        .route(&format!("{object}/events"), event_methods(kind));
    kind.sub_resources.iter().fold(router, |router, part| {
        let change = put(move |call: Call, body: Body| write::update_part(kind, part, call, body));
        router.route(&format!("{object}/{}", part.name), change)
    })
}

fn object_methods(kind: &'static KindEntry) -> MethodRouter<App> {
    get(move |call: Call| read::get(kind, call))
        .put(move |call: Call, body: Body| write::update(kind, call, body))
        .delete(move |call: Call| write::delete(kind, call))
}

fn event_methods(kind: &'static KindEntry) -> MethodRouter<App> {
    get(move |call: Call| events::list(kind, call))
        .post(move |call: Call, body: Body| events::record(kind, call, body))
}
