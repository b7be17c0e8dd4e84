//! The verbs that every kind has, as parsers and as actions: written once, generic over the kind.

use clap::{Args, Subcommand};
use serde_json::json;

use super::error::CliError;
use super::options::{
    GetOptions, GlobalGetOptions, GlobalListOptions, LabelOptions, ListOptions, NamespaceOptions,
    WriteOptions,
};
use super::session::{Session, check};
use super::table::Shown;
use crate::api::{Kind, Metadata, Scope};
use crate::client::DeleteOptions;

/// Verbs of a kind that lives in namespaces; `C` and `U` are its options for creation and update.
#[derive(Debug, Clone, Subcommand)]
pub enum NamespacedVerb<C: Args, U: Args> {
    /// Create an object.
    #[command(visible_alias = "register")]
    Create(NamespacedObject<C>),
    /// List objects.
    List(ListOptions),
    /// Show an object.
    Get(GetOptions),
    /// Change an object.
    Update(NamespacedObject<U>),
    /// Delete an object.
    Delete(GetOptions),
}

/// Verbs of a global kind; `C` and `U` are its options for creation and update.
#[derive(Debug, Clone, Subcommand)]
pub enum GlobalVerb<C: Args, U: Args> {
    /// Create an object.
    #[command(visible_alias = "register")]
    Create(GlobalObject<C>),
    /// List objects.
    List(GlobalListOptions),
    /// Show an object.
    Get(GlobalGetOptions),
    /// Change an object.
    Update(GlobalObject<U>),
    /// Delete an object.
    Delete(GlobalGetOptions),
}

/// An object that is created or updated in a namespace, with the options of its kind.
#[derive(Debug, Clone, Args)]
pub struct NamespacedObject<O: Args> {
    #[command(flatten)]
    pub namespace: NamespaceOptions,
    #[command(flatten)]
    pub object: GlobalObject<O>,
}

/// An object that is created or updated, with the options of its kind.
#[derive(Debug, Clone, Args)]
pub struct GlobalObject<O: Args> {
    /// Name of the object.
    pub name: String,
    #[command(flatten)]
    pub options: O,
    #[command(flatten)]
    pub labels: LabelOptions,
    #[command(flatten)]
    pub write: WriteOptions,
}

/// Options from which a new object is made.
pub(super) trait Build<K> {
    /// Makes the object; files named in the options are read here.
    fn build(self, metadata: Metadata, session: &Session) -> Result<K, CliError>;
}

/// Options that change an object.
pub(super) trait Change<K> {
    /// Changes what the options name and nothing else. May run again on a newer copy of the object.
    fn change(&self, object: &mut K, session: &Session) -> Result<(), CliError>;
}

/// Runs a verb of a kind that lives in namespaces.
pub(super) async fn run_namespaced<K, C, U>(
    session: &Session,
    verb: NamespacedVerb<C, U>,
) -> Result<(), CliError>
where
    K: Shown,
    C: Args + Build<K>,
    U: Args + Change<K>,
{
    match verb {
        NamespacedVerb::Create(new) => create(session, new.namespace.namespace, new.object).await,
        NamespacedVerb::List(options) => list_namespaced::<K>(session, options).await,
        NamespacedVerb::Get(options) => get_namespaced::<K>(session, options).await,
        NamespacedVerb::Update(change) => update(session, change.namespace.namespace, change.object).await,
        NamespacedVerb::Delete(options) => {
            let namespace = session.namespace_for::<K>(options.namespace.namespace);
            let deleted = session
                .client
                .delete::<K>(namespace.as_deref(), &options.name, &DeleteOptions::default())
                .await?;
            session.show(&deleted, options.output.format)
        }
    }
}

/// Runs a verb of a global kind.
pub(super) async fn run_global<K, C, U>(session: &Session, verb: GlobalVerb<C, U>) -> Result<(), CliError>
where
    K: Shown,
    C: Args + Build<K>,
    U: Args + Change<K>,
{
    match verb {
        GlobalVerb::Create(new) => create(session, None, new).await,
        GlobalVerb::List(options) => list::<K>(session, None, options).await,
        GlobalVerb::Get(options) => {
            let object = session.client.get::<K>(None, &options.name).await?;
            session.show(&object, options.output.format)
        }
        GlobalVerb::Update(change) => update(session, None, change).await,
        GlobalVerb::Delete(options) => {
            let deleted = session
                .client
                .delete::<K>(None, &options.name, &DeleteOptions::default())
                .await?;
            session.show(&deleted, options.output.format)
        }
    }
}

/// `list` of a kind that lives in namespaces.
pub(super) async fn list_namespaced<K: Shown>(
    session: &Session,
    options: ListOptions,
) -> Result<(), CliError> {
    let namespace = if options.all {
        None
    } else {
        session.namespace_for::<K>(options.namespace.namespace)
    };
    list::<K>(session, namespace.as_deref(), options.global).await
}

async fn list<K: Shown>(
    session: &Session,
    namespace: Option<&str>,
    options: GlobalListOptions,
) -> Result<(), CliError> {
    let objects = session.list::<K>(namespace, options.selector.as_deref()).await?;
    session.show_list(&objects, options.output.format)
}

/// `get` of a kind that lives in namespaces.
pub(super) async fn get_namespaced<K: Shown>(session: &Session, options: GetOptions) -> Result<(), CliError> {
    let namespace = session.namespace_for::<K>(options.namespace.namespace);
    let object = session
        .client
        .get::<K>(namespace.as_deref(), &options.name)
        .await?;
    session.show(&object, options.output.format)
}

async fn create<K, O>(
    session: &Session,
    namespace: Option<String>,
    new: GlobalObject<O>,
) -> Result<(), CliError>
where
    K: Shown,
    O: Args + Build<K>,
{
    let object = build(session, namespace, new.name, &new.labels, new.options)?;
    let stored = store_new(session, object, &new.write).await?;
    session.show(&stored, new.write.output.format)
}

/// The object that the options of a creation describe.
pub(super) fn build<K: Kind, O: Build<K>>(
    session: &Session,
    namespace: Option<String>,
    name: String,
    labels: &LabelOptions,
    options: O,
) -> Result<K, CliError> {
    let metadata = Metadata {
        name,
        namespace: session.namespace_for::<K>(namespace),
        labels: labels.to_map(),
        ..Metadata::default()
    };
    options.build(metadata, session)
}

/// Stores a new object, or with `--dry-run` only checks it as the server would.
pub(super) async fn store_new<K: Kind>(
    session: &Session,
    object: K,
    write: &WriteOptions,
) -> Result<K, CliError> {
    if write.dry_run {
        session.check_new(&object).await?;
        Ok(object)
    } else {
        Ok(session.client.create(&object).await?)
    }
}

async fn update<K, O>(
    session: &Session,
    namespace: Option<String>,
    change: GlobalObject<O>,
) -> Result<(), CliError>
where
    K: Shown,
    O: Args + Change<K>,
{
    let namespace = session.namespace_for::<K>(namespace);
    let stored = store_change(session, namespace.as_deref(), &change, |_| Ok(())).await?;
    session.show(&stored, change.write.output.format)
}

/// How often a change is applied anew to a copy that somebody else changed meanwhile.
const ATTEMPTS: usize = 5;

/// Reads an object, changes it and writes it back, on the condition that nobody else wrote meanwhile.
pub(super) async fn store_change<K, O>(
    session: &Session,
    namespace: Option<&str>,
    change: &GlobalObject<O>,
    before: impl Fn(&mut K) -> Result<(), CliError>,
) -> Result<K, CliError>
where
    K: Kind,
    O: Args + Change<K>,
{
    for attempt in 1.. {
        let present = session.client.get::<K>(namespace, &change.name).await?;
        let mut object = present.clone();
        before(&mut object)?;
        object.metadata_mut().labels.extend(change.labels.to_map());
        change.options.change(&mut object, session)?;
        if change.write.dry_run {
            check_change(&present, &object)?;
            return Ok(object);
        }
        match session.client.update(&object).await {
            Ok(stored) => return Ok(stored),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
    unreachable!("the loop only ends by returning")
}

/// Checks a change as the server would: that it is valid, and is one.
fn check_change<K: Kind>(before: &K, after: &K) -> Result<(), CliError> {
    check(after)?;
    if json!(before) == json!(after) {
        return Err(CliError::Unchanged);
    }
    Ok(())
}

/// The namespace that a kind needs: none for a global kind.
pub(super) fn scoped<K: Kind>(namespace: String) -> Option<String> {
    match K::SCOPE {
        Scope::Global => None,
        Scope::Namespaced => Some(namespace),
    }
}
