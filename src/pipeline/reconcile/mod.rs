//! The store and the sites brought together again: compared ([`resync`]), rebuilt from a site ([`adopt`]), taken over from another
//! program ([`import`]), or following a site to its new address ([`moved`]).

mod adopt;
mod import;
mod moved;
mod resync;

pub use adopt::{Adopted, Adoption};
pub use import::{Import, Imported, ImportedPost, Plugin};
pub use moved::Moved;
pub use resync::{Drift, Drifted, Missing, Resynced};
