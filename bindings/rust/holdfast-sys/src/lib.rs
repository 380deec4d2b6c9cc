//! The C interface of Holdfast, as its headers declare it. They say what each function needs and does; the crate
//! `holdfast` is the safe way to call them.
#![allow(non_camel_case_types)]

/// Types that only the library knows the inside of.
macro_rules! opaque {
    ($($name:ident)*) => { $(
        #[repr(C)]
        #[derive(Debug)]
        pub struct $name {
            _bytes: [u8; 0],
            _no_auto_traits: std::marker::PhantomData<(*mut u8, std::marker::PhantomPinned)>,
        }
    )* };
}

#[rustfmt::skip]
mod generated;
pub use generated::*;
