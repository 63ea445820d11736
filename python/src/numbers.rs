//! NumPy arrays as columns: numbers are read where they lie.

use crate::errors::DataError;
use crate::input::HeldColumn;
use crate::list;
use consilience::column::{Bits, Chunk, Column, Data};
use numpy::{PyReadonlyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use std::borrow::Cow;

/// A contiguous array of numbers that Python holds.
pub enum Numbers<'py> {
    I8(PyReadonlyArray1<'py, i8>),
    I16(PyReadonlyArray1<'py, i16>),
    I32(PyReadonlyArray1<'py, i32>),
    I64(PyReadonlyArray1<'py, i64>),
    U8(PyReadonlyArray1<'py, u8>),
    U16(PyReadonlyArray1<'py, u16>),
    U32(PyReadonlyArray1<'py, u32>),
    U64(PyReadonlyArray1<'py, u64>),
    F32(PyReadonlyArray1<'py, f32>),
    F64(PyReadonlyArray1<'py, f64>),
}

impl Numbers<'_> {
    /// The numbers, lent.
    pub fn column(&self) -> Column<'_> {
        // `read` has made sure that they are contiguous; else there would be no rows.
        fn lend<'a, T: numpy::Element + Clone>(array: &'a PyReadonlyArray1<'_, T>) -> Cow<'a, [T]> {
            Cow::Borrowed(array.as_slice().unwrap_or_default())
        }
        Column::of(match self {
            Numbers::I8(array) => Data::I8(lend(array)),
            Numbers::I16(array) => Data::I16(lend(array)),
            Numbers::I32(array) => Data::I32(lend(array)),
            Numbers::I64(array) => Data::I64(lend(array)),
            Numbers::U8(array) => Data::U8(lend(array)),
            Numbers::U16(array) => Data::U16(lend(array)),
            Numbers::U32(array) => Data::U32(lend(array)),
            Numbers::U64(array) => Data::U64(lend(array)),
            Numbers::F32(array) => Data::F32(lend(array)),
            Numbers::F64(array) => Data::F64(lend(array)),
        })
    }
}

/// Takes an array as a column.
pub fn read<'py>(name: &str, array: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
    let dimensions: usize = array.getattr("ndim")?.extract()?;
    if dimensions != 1 {
        return Err(DataError::new_err(format!(
            "column {name:?} is an array of {dimensions} dimensions; a column has one"
        )));
    }
    let dtype = array.getattr("dtype")?;
    let masked = array.hasattr("mask")?;
    let kind: char = dtype.getattr("kind")?.extract()?;
    let size: usize = dtype.getattr("itemsize")?.extract()?;
    let numbers = match (kind, size) {
        _ if masked => return listed(name, array),
        ('i', 1) => Numbers::I8(contiguous(array, "i1")?.extract()?),
        ('i', 2) => Numbers::I16(contiguous(array, "i2")?.extract()?),
        ('i', 4) => Numbers::I32(contiguous(array, "i4")?.extract()?),
        ('i', _) => Numbers::I64(contiguous(array, "i8")?.extract()?),
        ('u', 1) => Numbers::U8(contiguous(array, "u1")?.extract()?),
        ('u', 2) => Numbers::U16(contiguous(array, "u2")?.extract()?),
        ('u', 4) => Numbers::U32(contiguous(array, "u4")?.extract()?),
        ('u', _) => Numbers::U64(contiguous(array, "u8")?.extract()?),
        ('f', 2 | 4) => Numbers::F32(contiguous(array, "f4")?.extract()?),
        ('f', _) => Numbers::F64(contiguous(array, "f8")?.extract()?),
        ('b', _) => return booleans(array),
        ('M', _) => return times(name, array, &dtype),
        ('U' | 'T' | 'O', _) => return listed(name, array),
        _ => {
            return Err(DataError::new_err(format!(
                "column {name:?} is an array of {dtype}, which is not read; use numbers, strings, booleans or datetime64"
            )));
        }
    };
    Ok(HeldColumn::Numbers(numbers))
}

/// The array itself where its numbers are of this type and lie side by side, else a copy.
fn contiguous<'py>(array: &Bound<'py, PyAny>, dtype: &str) -> PyResult<Bound<'py, PyAny>> {
    array.py().import("numpy")?.call_method1("ascontiguousarray", (array, dtype))
}

fn listed<'py>(name: &str, array: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
    list::column(array.py(), name, array.call_method0("tolist")?.try_iter()?)
}

fn booleans<'py>(array: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
    let array: PyReadonlyArrayDyn<'_, bool> = array.extract()?;
    let rows: Vec<bool> = array.as_array().iter().copied().collect();
    Ok(HeldColumn::Own(Column::of(Data::Bool(Bits::pack(&rows)))))
}

/// datetime64 of any unit; NaT is null.
fn times<'py>(name: &str, array: &Bound<'py, PyAny>, dtype: &Bound<'py, PyAny>) -> PyResult<HeldColumn<'py>> {
    let numpy = array.py().import("numpy")?;
    let (unit, steps): (String, i64) = numpy.call_method1("datetime_data", (dtype,))?.extract()?;
    let (wanted, nanos) = match unit.as_str() {
        "Y" | "M" | "W" | "D" | "generic" => ("D", 0),
        "h" | "m" | "s" => ("s", 1_000_000_000),
        "ms" => ("ms", 1_000_000),
        "us" => ("us", 1_000),
        "ns" => ("ns", 1),
        _ => {
            return Err(DataError::new_err(format!(
                "column {name:?} is an array of datetime64[{steps}{unit}], which is not read; use datetime64[ns]"
            )));
        }
    };
    let ticks = array.call_method1("astype", (format!("datetime64[{wanted}]"),))?.call_method1("astype", ("int64",))?;
    let ticks: Vec<i64> = ticks.extract::<PyReadonlyArray1<'_, i64>>()?.as_array().to_vec();
    let valid: Vec<bool> = ticks.iter().map(|t| *t != i64::MIN).collect();
    let validity = valid.contains(&false).then(|| Bits::pack(&valid));
    let data = match nanos {
        0 => Data::Date(ticks.iter().map(|t| *t as i32).collect()),
        _ => Data::Timestamp(Cow::Owned(ticks), nanos),
    };
    Ok(HeldColumn::Own(Column { chunks: vec![Chunk { data, validity }], ..Column::default() }))
}
