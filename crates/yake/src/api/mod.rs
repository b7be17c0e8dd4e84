//! What people write: files in the repository of a landscape and objects of its clusters, a file per kind. No
//! behaviour but conversion.

mod definition;
mod duration;
pub mod flux;
mod landscape;
pub mod names;
mod versions;

pub use definition::definition;
pub use duration::{Period, PeriodError};
pub use landscape::{
    Cluster, Decryption, Drift, GitReference, GitSource, Ignore, IgnoreTarget, Landscape, LandscapeMetadata,
    LandscapeSpec, LandscapeUnit, SecretKey, SecretName, SubstituteFrom, SubstituteKind, VirtualGarden,
};
pub use versions::{ExtensionVersion, Versions};
