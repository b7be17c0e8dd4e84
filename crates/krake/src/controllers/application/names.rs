//! Names that Krake leaves on clusters, and names of the events it records.

/// Owner of the members that Krake applies.
pub const FIELD_MANAGER: &str = "krake";
/// Label of every object of an application; the value is the application's uid.
pub const APPLICATION_LABEL: &str = "krake.alasca.cloud/application";
/// Source of this controller's events.
pub const EVENT_SOURCE: &str = "application-controller";

/// Reasons of events.
pub mod event {
    /// Objects were created or changed as specified.
    pub const APPLIED: &str = "Applied";
    /// An object was not as specified and was put right.
    pub const REPAIRED: &str = "Repaired";
    /// An object is changed by others again and again.
    pub const CONTENDED: &str = "Contended";
    /// An object existed before and was taken over.
    pub const ADOPTED: &str = "Adopted";
    /// Objects that are no longer specified were deleted.
    pub const PRUNED: &str = "Pruned";
    /// A cluster refused or failed.
    pub const FAILED: &str = "Failed";
    /// The application starts at another cluster.
    pub const MIGRATION_STARTED: &str = "MigrationStarted";
    /// The application runs at another cluster.
    pub const MIGRATED: &str = "Migrated";
    /// The application stays where it is.
    pub const MIGRATION_FAILED: &str = "MigrationFailed";
    /// Objects remain on a cluster that cannot be reached.
    pub const LEFTOVER: &str = "Leftover";
    /// Objects that remained were removed.
    pub const CLEANED_UP: &str = "CleanedUp";
    /// Objects remain for ever on a cluster whose record is gone.
    pub const ABANDONED: &str = "Abandoned";
}
