//! Things by number, where a number is never given to two things.

/// A vector with holes. A key is the place and how often the place was used before, so what
/// arrives late for a thing that is gone does not reach the next thing in its place.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    pub(crate) fn insert(&mut self, value: T) -> u64 {
        self.insert_with(|_| value)
    }

    /// The same, for a thing that knows its key.
    pub(crate) fn insert_with(&mut self, value: impl FnOnce(u64) -> T) -> u64 {
        let index = self.free.pop().unwrap_or(self.places.len() as u32);
        if index as usize == self.places.len() {
            self.places.push((0, None));
        }
        let (generation, place) = &mut self.places[index as usize];
        let key = u64::from(*generation) << 32 | u64::from(index);
        *place = Some(value(key));
        key
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        let (generation, place) = self.places.get_mut(key as u32 as usize)?;
        place.as_mut().filter(|_| u64::from(*generation) == key >> 32)
    }

    pub(crate) fn remove(&mut self, key: u64) -> Option<T> {
        self.get_mut(key)?;
        let (generation, place) = &mut self.places[key as u32 as usize];
        *generation = generation.wrapping_add(1);
        self.free.push(key as u32);
        place.take()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().filter_map(|(_, value)| value.as_mut())
    }

    /// Every thing that is left.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        self.free.clear();
        self.places.drain(..).filter_map(|(_, value)| value).collect()
    }
}
