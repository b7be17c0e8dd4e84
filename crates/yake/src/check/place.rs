//! From a path in an object to a line of its file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::path::Path;
use crate::build::{Lines, Object, Tree, lines};

/// Lines of files, each read when something is to be said about it.
pub(super) struct Places<'a> {
    tree: &'a Tree,
    files: RefCell<HashMap<String, Rc<Vec<Lines>>>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            files: RefCell::default(),
        }
    }

    /// The documents of a file.
    pub(super) fn documents(&self, file: &str) -> Rc<Vec<Lines>> {
        if let Some(known) = self.files.borrow().get(file) {
            return Rc::clone(known);
        }
        let read = Rc::new(self.tree.text(file).map(lines).unwrap_or_default());
        self.files.borrow_mut().insert(file.to_owned(), Rc::clone(&read));
        read
    }

    /// The line of a field, if it stands in the file; else that of the closest field around it that does, and at
    /// last that of the object.
    pub(super) fn line(&self, object: &Object, path: &Path) -> Option<usize> {
        let begin = object.origin.line?;
        let documents = self.documents(&object.origin.file);
        let document = documents.iter().find(|document| document.line == begin);
        let root = Path::root();
        let mut path = path.clone();
        while path != root {
            if let Some(line) = document.and_then(|document| path.line(document)) {
                return Some(line);
            }
            path = path.parent();
        }
        Some(begin)
    }
}
