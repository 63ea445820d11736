//! Arrow tables in and out by PyCapsules: the only file with `unsafe`.
//!
//! What comes in is kept as Arrow arrays and lent to the core without copying; what goes out is copied once.

use crate::errors::DataError;
use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::types::*;
use arrow_array::*;
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, TimeUnit};
use consilience::column::{Bits, Chunk, Column, Data, Text};
use consilience::table::{self, TextColumn, Values};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::borrow::Cow;
use std::ffi::CStr;
use std::sync::Arc;

const STREAM: &CStr = c"arrow_array_stream";
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// A column, or a table as a column of structs, that arrived in chunks.
pub struct Arrays {
    field: FieldRef,
    chunks: Vec<ArrayRef>,
}

/// Whether an object gives itself out as Arrow.
pub fn is_arrow(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.hasattr("__arrow_c_stream__")? || object.hasattr("__arrow_c_array__")?)
}

/// Takes what an object gives out as Arrow.
pub fn take(object: &Bound<'_, PyAny>) -> PyResult<Arrays> {
    if object.hasattr("__arrow_c_stream__")? {
        take_stream(object.call_method0("__arrow_c_stream__")?.cast()?)
    } else {
        let (schema, array): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            object.call_method0("__arrow_c_array__")?.extract()?;
        take_array(schema.cast()?, array.cast()?)
    }
}

fn take_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<Arrays> {
    let pointer = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds an initialised stream (Arrow PyCapsule interface). It is moved out, leaving a released
    // one, and the interpreter is held meanwhile, so nobody else reads the capsule.
    let stream = unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) };
    // Whoever makes the chunks may need the interpreter, in this thread or in others.
    let read = move || {
        let reader = ArrayStreamReader::try_new(stream)?;
        let field = Arc::clone(array::ArrayReader::field(&reader));
        Ok(Arrays { field, chunks: reader.collect::<Result<_, ArrowError>>()? })
    };
    capsule.py().detach(read).map_err(unreadable)
}

fn take_array(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> PyResult<Arrays> {
    let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: capsules of these names hold an initialised schema and an array of that schema (Arrow PyCapsule interface). Both are
    // moved out, leaving released ones, and the interpreter is held meanwhile.
    let (schema, data) = unsafe {
        let schema = FFI_ArrowSchema::from_raw(schema.as_ptr());
        let data = from_ffi(FFI_ArrowArray::from_raw(array.as_ptr()), &schema);
        (schema, data)
    };
    let field = Field::try_from(&schema).map_err(unreadable)?;
    Ok(Arrays { field: field.into(), chunks: vec![make_array(data.map_err(unreadable)?)] })
}

fn unreadable(error: ArrowError) -> PyErr {
    DataError::new_err(format!("the Arrow table cannot be read: {error}"))
}

impl Arrays {
    /// The columns of a table; `None` where this is one column.
    pub fn into_columns(self) -> Option<Vec<(String, Arrays)>> {
        let DataType::Struct(fields) = self.field.data_type() else { return None };
        let column = |(i, field): (usize, &FieldRef)| {
            let chunks = self.chunks.iter().map(|c| Arc::clone(c.as_struct().column(i))).collect();
            (field.name().clone(), Arrays { field: Arc::clone(field), chunks })
        };
        Some(fields.iter().enumerate().map(column).collect())
    }

    /// The time zone of a column of timestamps.
    pub fn zone(&self) -> Option<String> {
        match self.field.data_type() {
            DataType::Timestamp(_, zone) => zone.as_deref().map(str::to_owned),
            DataType::Dictionary(_, values) => match &**values {
                DataType::Timestamp(_, zone) => zone.as_deref().map(str::to_owned),
                _ => None,
            },
            _ => None,
        }
    }

    /// The column, lent. `name` is for messages.
    pub fn column(&self, name: &str) -> PyResult<Column<'_>> {
        let chunk = |array: &'_ ArrayRef| -> Option<Chunk<'_>> { chunk(array) };
        let mut chunks = Vec::with_capacity(self.chunks.len());
        for array in &self.chunks {
            chunks.push(lend(chunk, array).ok_or_else(|| self.unsupported(name))?);
        }
        if chunks.is_empty() {
            let empty = new_empty_array(self.field.data_type());
            // Of a column without rows only the type matters.
            chunks.push(Chunk { data: empty_data(&empty).ok_or_else(|| self.unsupported(name))?, validity: None });
        }
        Ok(Column { chunks, ordered: self.field.dict_is_ordered() == Some(true) })
    }

    fn unsupported(&self, name: &str) -> PyErr {
        DataError::new_err(format!(
            "column {name:?} is of Arrow type {}, which is not read; cast it to strings, numbers, booleans, dates, timestamps or \
             lists of strings, or leave the column out",
            self.field.data_type()
        ))
    }
}
