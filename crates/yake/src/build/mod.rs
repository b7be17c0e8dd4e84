//! Objects from a folder of manifests, overlays, components, generators and patches: what `kustomize build` makes of
//! it. Pure: it sees the files of a [`Tree`] and nothing else, and what it does not understand is an error that names
//! the file and the field.
//!
//! A folder is built from the bottom up: objects of files and of folders below, then generated objects, then
//! components, then the transformers of the folder, each in a file of its own. At the end names get their hashes and
//! references to renamed objects follow, and the objects are put in order.
//!
//! Files that sops encrypted are opened when they are loaded, if [`Builder::decrypt`] was given keys: so their MAC is
//! proven for the file as it stands in Git, and overlays work on what it holds. What must not be shown of an object
//! is what [`Object::secret_fields`] says.

mod accumulate;
mod builder;
mod decrypt;
mod error;
mod field_path;
mod field_spec;
mod files;
mod generate;
mod identity;
mod kustomization;
mod load;
mod object;
mod overlay;
mod patch;
mod secrecy;
mod selector;
mod substitute;
mod transform;
mod tree;
mod value;
mod yaml;

pub use builder::{Builder, Built, build};
pub use error::BuildError;
pub use identity::{Identity, Kind};
pub use object::{Behavior, Object, Origin};
pub use overlay::{Overlay, OverlayError};
pub use secrecy::SecretFields;
pub(crate) use substitute::fill;
pub use substitute::{OnMissing, SourceError, SubstituteError, Variables, substitute};
pub(crate) use tree::join;
pub use tree::{LARGEST_FILE, Tree, TreeError};
pub use value::{Map, Style, Value};
pub use yaml::{Document, Lines, YamlError, lines, read, write};
