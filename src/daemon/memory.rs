//! Holds little while there is nothing to do. glibc keeps what was freed for the next pass, which may be an hour away, and keeps
//! it in as many places as there were threads.
//!
//! Measured after a pass over 50 feeds: 11.4 MB of private memory without either, 6.9 MB with both.

/// Has all threads take memory from one place, so that what is freed lies together, and large pieces (documents, on the whole) from
/// outside of it, so that they leave no holes: glibc would take them in as soon as it has seen one freed. To be called before there
/// are threads.
///
/// Measured at the first fetch of 2,000 feeds: 51.2 MB at the peak without the second, 48.9 MB with it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn hold_together() {
    unsafe extern "C" {
        fn mallopt(parameter: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
    }
    /// `M_ARENA_MAX` and `M_MMAP_THRESHOLD` of malloc.h.
    const ARENAS_AT_MOST: std::ffi::c_int = -8;
    const LARGE: std::ffi::c_int = -3;
    // SAFETY: mallopt(3) takes any numbers and answers 0 to those that it doesn't know.
    unsafe {
        mallopt(ARENAS_AT_MOST, 1);
        mallopt(LARGE, 128 * 1024);
    }
}

/// Gives what a pass needed back to the system. Takes some milliseconds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: malloc_trim(3) takes any number, may be called from any thread at any time, and moves nothing that is in use.
    unsafe { malloc_trim(0) };
}

/// Other C libraries have no such places.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn hold_together() {}

/// Other C libraries do so by themselves, or can't.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
