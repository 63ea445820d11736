//! Memory for large columns.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which asks Linux for huge pages where a block may hold one: a tenth to a quarter of the time of a large
/// build goes into making small pages.
pub struct Memory;

/// Blocks from this size on, in bytes: that of a huge page on most machines.
const LARGE: usize = 1 << 21;

#[cfg(target_os = "linux")]
fn ask_for_huge_pages(block: *mut u8, size: usize) {
    const PAGE: usize = 4096;
    if size < LARGE || block.is_null() {
        return;
    }
    let before = block.align_offset(PAGE);
    // SAFETY: the pages asked about lie within a block of `size` bytes that was just allocated, and advice leaves their content as
    // it is. That it was not taken does not matter.
    unsafe { libc::madvise(block.wrapping_add(before).cast(), size - before, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_huge_pages(_: *mut u8, _: usize) {}

// SAFETY: every block comes from the system's allocator and goes back there, with the layout that was asked for.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc(layout) };
        ask_for_huge_pages(block, layout.size());
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc_zeroed(layout) };
        ask_for_huge_pages(block, layout.size());
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.realloc(block, layout, size) };
        ask_for_huge_pages(block, size);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}
