//! What an API server says of the fields of its kinds: documents of OpenAPI 3, one for each group and version.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::call::Call;
use super::connection::Connection;
use super::error::{Error, Subject};
use super::path;

#[derive(Deserialize)]
struct Index {
    paths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

impl Connection {
    /// The groups and versions that the server describes, `v1` or `apps/v1`.
    pub async fn described_groups(&self) -> Result<Vec<String>, Error> {
        let index = self.openapi_index().await?;
        let names = index.paths.keys().filter_map(|path| {
            path.strip_prefix("apis/")
                .filter(|rest| rest.contains('/'))
                .or_else(|| path.strip_prefix("api/"))
        });
        Ok(names.map(str::to_owned).collect())
    }

    /// The description of a group and version; none if the server has none.
    pub async fn description(&self, api_version: &str) -> Result<Option<Value>, Error> {
        let subject = Subject::Kind(api_version.to_owned());
        let path =
            path::group_version(api_version).map_err(|failure| self.error(subject.clone(), failure))?;
        let index = self.openapi_index().await?;
        let Some(entry) = index.paths.get(path.trim_start_matches('/')) else {
            return Ok(None);
        };
        let (path, query) = entry.url.split_once('?').unwrap_or((&entry.url, ""));
        let mut call = Call::get(subject.clone(), path.to_owned());
        query.clone_into(&mut call.query);
        let answer = self.call(call).await?;
        self.read(&subject, &answer).map(Some)
    }

    async fn openapi_index(&self) -> Result<Index, Error> {
        let answer = self
            .call(Call::get(Subject::Server, "/openapi/v3".to_owned()))
            .await?;
        self.read(&Subject::Server, &answer)
    }
}
