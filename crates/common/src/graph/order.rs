//! Components in an order in which each comes after what it needs.

use std::collections::HashMap;

use super::component::Component;
use super::error::GraphError;

/// Components that can all become ready: names are unique, what is needed is there, nothing needs itself.
#[derive(Debug)]
pub struct Graph<C> {
    components: Vec<C>,
}

impl<C: Component> Graph<C> {
    /// Puts components in order. Those that do not need each other stay in the order given.
    pub fn new(components: impl IntoIterator<Item = C>) -> Result<Self, GraphError> {
        let components: Vec<_> = components.into_iter().collect();
        let names: Vec<_> = components
            .iter()
            .map(|component| component.name().to_owned())
            .collect();
        let before = |component: &C| [component.needs(), component.after()].concat();
        let before: Vec<_> = components.iter().map(before).collect();
        let order = order(&names, &before)?;
        let mut slots: Vec<_> = components.into_iter().map(Some).collect();
        let components = order
            .into_iter()
            .filter_map(|index| slots.get_mut(index).and_then(Option::take))
            .collect();
        Ok(Self { components })
    }

    /// The components, each after what it needs.
    pub fn components(&self) -> &[C] {
        &self.components
    }

    /// Changes each component into another of the same name and needs.
    pub(super) fn map<D: Component>(self, wrap: impl FnMut(C) -> D) -> Graph<D> {
        Graph {
            components: self.components.into_iter().map(wrap).collect(),
        }
    }
}

/// Positions in an order in which each name comes after those it needs; also used where the parts of a whole are no
/// components (yet).
pub fn order(names: &[String], needs: &[Vec<String>]) -> Result<Vec<usize>, GraphError> {
    let mut index = HashMap::new();
    for (position, name) in names.iter().enumerate() {
        if index.insert(name.as_str(), position).is_some() {
            return Err(GraphError::Doubled(name.clone()));
        }
    }
    let mut walk = Walk {
        names,
        needs,
        index,
        marks: vec![Mark::New; names.len()],
        order: Vec::with_capacity(names.len()),
        path: Vec::new(),
    };
    (0..names.len()).try_for_each(|position| walk.visit(position))?;
    Ok(walk.order)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Entered,
    Left,
}

struct Walk<'a> {
    names: &'a [String],
    needs: &'a [Vec<String>],
    index: HashMap<&'a str, usize>,
    marks: Vec<Mark>,
    order: Vec<usize>,
    path: Vec<usize>,
}

impl Walk<'_> {
    fn visit(&mut self, position: usize) -> Result<(), GraphError> {
        match self.marks.get(position) {
            None | Some(Mark::Left) => return Ok(()),
            Some(Mark::Entered) => return Err(self.cycle(position)),
            Some(Mark::New) => {}
        }
        self.mark(position, Mark::Entered);
        self.path.push(position);
        for needed in self.needs.get(position).into_iter().flatten() {
            let Some(next) = self.index.get(needed.as_str()).copied() else {
                return Err(GraphError::Missing {
                    name: self.name(position),
                    missing: needed.clone(),
                });
            };
            self.visit(next)?;
        }
        self.path.pop();
        self.mark(position, Mark::Left);
        self.order.push(position);
        Ok(())
    }

    fn mark(&mut self, position: usize, mark: Mark) {
        if let Some(slot) = self.marks.get_mut(position) {
            *slot = mark;
        }
    }

    fn name(&self, position: usize) -> String {
        self.names.get(position).cloned().unwrap_or_default()
    }

    fn cycle(&self, position: usize) -> GraphError {
        let begin = self
            .path
            .iter()
            .position(|on_path| *on_path == position)
            .unwrap_or(0);
        let round = self.path.iter().skip(begin).chain([&position]);
        GraphError::Cycle(round.map(|on_path| self.name(*on_path)).collect())
    }
}
