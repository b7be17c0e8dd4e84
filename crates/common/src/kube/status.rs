//! The `status` of an object, which has an address and field managers of its own.

use http::Method;
use serde_json::Value;

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Failure, Subject};
use super::path;

impl Connection {
    /// Applies the status of an object that exists, taking conflicting members over; gives the object as it is then.
    /// `object` carries its identity and its status only.
    pub async fn apply_status(&self, object: &Value, field_manager: &str) -> Result<Value, Error> {
        let id = self.identity(object)?;
        let (resource, id) = self.identify(&id).await?;
        let subject = Subject::from(&id);
        let failed = |failure| self.error(subject.clone(), failure);
        let path = path::object(&resource, id.namespace.as_deref(), &id.name).map_err(failed)?;
        let body = serde_json::to_vec(object).map_err(|error| {
            failed(Failure::Invalid {
                why: error.to_string(),
            })
        })?;
        let call = Call {
            method: Method::PATCH,
            query: path::query(&[("fieldManager", field_manager), ("force", "true")]),
            content_type: Some("application/apply-patch+yaml"),
            body,
            ..Call::get(subject.clone(), format!("{path}/status"))
        };
        let answer = self.call(call).await?;
        self.read(&subject, &answer)
    }
}
