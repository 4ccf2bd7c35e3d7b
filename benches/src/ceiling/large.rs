//! Much memory at once, in large pages where the system has them: a row anywhere in it is found with fewer steps.

use std::io;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Bytes of a fixed number, 0 at first. What is never written takes no memory.
pub(super) struct Large(MmapMut);

impl Large {
    pub(super) fn zeroed(count: usize) -> io::Result<Self> {
        let map = MmapMut::map_anon(count.max(1))?;
        // Only a hint, which not every system takes.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self(map))
    }
}

impl Deref for Large {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Large {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
