//! Values of options.

use std::ffi::CStr;
use std::time::{Duration, SystemTime};

use crate::handle::{c_text, check, microseconds};
use crate::{Code, Error, Result, sys};

/// The value of an option: made of texts, numbers, `bool`, [`Duration`] (whole seconds), [`SystemTime`], bytes (a secret)
/// and lists of texts by [`From`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A text, choice, size or duration: `"90s"`.
    Text(String),
    /// An integer.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Seconds.
    Duration(Duration),
    /// A moment.
    Time(SystemTime),
    /// A secret.
    Bytes(Vec<u8>),
    /// Texts, added to those that the option has.
    List(Vec<String>),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Duration(duration) => write!(f, "{duration:?}"),
            Value::Time(time) => write!(f, "{time:?}"),
            Value::Bytes(_) => f.write_str("(secret)"),
            Value::List(texts) => write!(f, "{texts:?}"),
        }
    }
}

macro_rules! from {
    ($($type:ty: $from:expr,)*) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $from(value)
            }
        }
    )* };
}

from! {
    &str: |text: &str| Value::Text(text.into()),
    &String: |text: &String| Value::Text(text.clone()),
    String: Value::Text,
    i32: |number: i32| Value::Number(number.into()),
    u32: |number: u32| Value::Number(number.into()),
    i64: Value::Number,
    bool: Value::Flag,
    Duration: Value::Duration,
    SystemTime: Value::Time,
    &[u8]: |bytes: &[u8]| Value::Bytes(bytes.into()),
    Vec<u8>: Value::Bytes,
    Vec<String>: Value::List,
    &[&str]: |texts: &[&str]| Value::List(texts.iter().map(ToString::to_string).collect()),
}

impl<const N: usize> From<[&str; N]> for Value {
    fn from(texts: [&str; N]) -> Self {
        texts.as_slice().into()
    }
}

impl Value {
    pub(crate) fn set(self, options: *mut sys::holdfast_options, key: &CStr) -> Result<()> {
        match self {
            Value::Text(text) => {
                let text = c_text(&text)?;
                check(|err| unsafe { sys::holdfast_options_set_string(options, key.as_ptr(), text.as_ptr(), err) })
            }
            Value::Number(number) => set_number(options, key, number),
            Value::Flag(flag) => {
                check(|err| unsafe { sys::holdfast_options_set_bool(options, key.as_ptr(), flag.into(), err) })
            }
            Value::Duration(duration) => set_number(options, key, seconds(key, duration)?),
            Value::Time(time) => set_number(options, key, microseconds(time)),
            Value::Bytes(bytes) => set_bytes(options, key, &bytes),
            Value::List(texts) => texts.iter().try_for_each(|text| {
                let text = c_text(text)?;
                check(|err| unsafe { sys::holdfast_options_add_string(options, key.as_ptr(), text.as_ptr(), err) })
            }),
        }
    }
}

fn set_number(options: *mut sys::holdfast_options, key: &CStr, number: i64) -> Result<()> {
    check(|err| unsafe { sys::holdfast_options_set_int64(options, key.as_ptr(), number, err) })
}

pub(crate) fn set_bytes(options: *mut sys::holdfast_options, key: &CStr, bytes: &[u8]) -> Result<()> {
    let data = bytes.as_ptr().cast();
    check(|err| unsafe { sys::holdfast_options_set_bytes(options, key.as_ptr(), data, bytes.len(), err) })
}

fn seconds(key: &CStr, duration: Duration) -> Result<i64> {
    let whole = if duration.subsec_nanos() == 0 { i64::try_from(duration.as_secs()).ok() } else { None };
    whole.ok_or_else(|| {
        let message = format!("option {} takes whole seconds, not {duration:?}", key.to_string_lossy());
        Error::new(Code::InvalidArgument, message)
    })
}
