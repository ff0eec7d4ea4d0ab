//! Where the data of others lies: outside the project, in a folder that may be named.

use std::env;
use std::path::{Path, PathBuf};

/// The environment variable that names the folder.
pub const DATA_FOLDER_VARIABLE: &str = "ROOMNIGHT_DATA";

/// Where the folder lies otherwise, from the project's root.
pub const DATA_FOLDER_DEFAULT: &str = "../shared/data";

/// The folder that holds the data of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder that [`DATA_FOLDER_VARIABLE`] names; without it [`DATA_FOLDER_DEFAULT`], seen
    /// from the current directory as the project's root or as one of its crates.
    pub fn find() -> Self {
        let named = env::var_os(DATA_FOLDER_VARIABLE).filter(|path| !path.is_empty());
        Self::choose(named.map(PathBuf::from), Path::is_dir)
    }

    fn choose(named: Option<PathBuf>, is_folder: impl Fn(&Path) -> bool) -> Self {
        if let Some(named) = named {
            return Self(named);
        }
        let of_root = PathBuf::from(DATA_FOLDER_DEFAULT);
        let of_crate = Path::new("..").join(&of_root);
        if !is_folder(&of_root) && is_folder(&of_crate) { Self(of_crate) } else { Self(of_root) }
    }

    /// A folder that the caller names.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_folder_goes_before_the_usual_ones() {
        let named = DataFolder::choose(Some("elsewhere".into()), |_| true);
        assert_eq!(named, DataFolder::at("elsewhere"));
    }

    #[test]
    fn the_usual_folder_is_found_from_the_root_and_from_a_crate() {
        let of_crate = Path::new("../../shared/data");
        assert_eq!(DataFolder::choose(None, |_| true), DataFolder::at(DATA_FOLDER_DEFAULT));
        assert_eq!(DataFolder::choose(None, |path| path == of_crate), DataFolder::at(of_crate));
        assert_eq!(DataFolder::choose(None, |_| false), DataFolder::at(DATA_FOLDER_DEFAULT));
    }
}
