//! Arrow tables in and out by PyCapsules: one of two files with `unsafe` (the other is `memory.rs`).
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
        let field = Arc::clone(reader.field());
        let mut chunks = reader.collect::<Result<Vec<_>, ArrowError>>()?;
        if chunks.is_empty() {
            // The type is known even where no chunk came.
            chunks.push(new_empty_array(field.data_type()));
        }
        Ok(Arrays { field, chunks })
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
    fn zone(&self) -> Option<String> {
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
        let chunks: Option<Vec<Chunk<'_>>> = self.chunks.iter().map(|array| chunk(array)).collect();
        let chunks = chunks.filter(|_| self.meaning().is_none()).ok_or_else(|| self.unsupported(name))?;
        Ok(Column { chunks, ordered: self.field.dict_is_ordered() == Some(true), zone: self.zone() })
    }

    /// What pandas means by the values where it is not what they are: a period's number, say.
    fn meaning(&self) -> Option<&str> {
        self.field.extension_type_name().filter(|name| name.starts_with("pandas."))
    }

    fn unsupported(&self, name: &str) -> PyErr {
        DataError::new_err(format!(
            "column {name:?} is of Arrow type {}, which is not read; cast it to strings, numbers, booleans, dates, timestamps or \
             lists of strings, or leave the column out",
            self.meaning().map_or_else(|| self.field.data_type().to_string(), str::to_owned)
        ))
    }
}

fn chunk(array: &dyn Array) -> Option<Chunk<'_>> {
    let validity = array.nulls().filter(|nulls| nulls.null_count() > 0).map(|nulls| bits(nulls.inner()));
    Some(Chunk { data: data(array)?, validity })
}

fn bits(bits: &BooleanBuffer) -> Bits<'_> {
    Bits { bytes: Cow::Borrowed(bits.values()), offset: bits.offset(), len: bits.len() }
}

/// The values of an array, borrowed where the core has their type; `None` for types that are not read.
fn data(array: &dyn Array) -> Option<Data<'_>> {
    fn lent<T: ArrowPrimitiveType>(array: &dyn Array) -> Cow<'_, [T::Native]> {
        Cow::Borrowed(array.as_primitive::<T>().values())
    }
    fn made<T: ArrowPrimitiveType, U: Clone>(array: &dyn Array, f: impl Fn(T::Native) -> U) -> Cow<'_, [U]> {
        array.as_primitive::<T>().values().iter().map(|v| f(*v)).collect()
    }
    Some(match array.data_type() {
        DataType::Null => Data::Null(array.len()),
        DataType::Int8 => Data::I8(lent::<Int8Type>(array)),
        DataType::Int16 => Data::I16(lent::<Int16Type>(array)),
        DataType::Int32 => Data::I32(lent::<Int32Type>(array)),
        DataType::Int64 => Data::I64(lent::<Int64Type>(array)),
        DataType::UInt8 => Data::U8(lent::<UInt8Type>(array)),
        DataType::UInt16 => Data::U16(lent::<UInt16Type>(array)),
        DataType::UInt32 => Data::U32(lent::<UInt32Type>(array)),
        DataType::UInt64 => Data::U64(lent::<UInt64Type>(array)),
        DataType::Float16 => Data::F32(made::<Float16Type, _>(array, |v| v.to_f32())),
        DataType::Float32 => Data::F32(lent::<Float32Type>(array)),
        DataType::Float64 => Data::F64(lent::<Float64Type>(array)),
        DataType::Boolean => Data::Bool(bits(array.as_boolean().values())),
        DataType::Decimal32(_, places) => Data::Decimal(made::<Decimal32Type, _>(array, i128::from), *places),
        DataType::Decimal64(_, places) => Data::Decimal(made::<Decimal64Type, _>(array, i128::from), *places),
        DataType::Decimal128(_, places) => Data::Decimal(lent::<Decimal128Type>(array), *places),
        DataType::Date32 => Data::Date(lent::<Date32Type>(array)),
        DataType::Date64 => Data::Date(made::<Date64Type, _>(array, |ms| ms.div_euclid(86_400_000) as i32)),
        DataType::Timestamp(TimeUnit::Second, _) => Data::Timestamp(lent::<TimestampSecondType>(array), 1_000_000_000),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            Data::Timestamp(lent::<TimestampMillisecondType>(array), 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Data::Timestamp(lent::<TimestampMicrosecondType>(array), 1_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Data::Timestamp(lent::<TimestampNanosecondType>(array), 1),
        DataType::Utf8 => {
            let text = array.as_string::<i32>();
            Data::Text(Text::Small(Cow::Borrowed(text.value_offsets()), Cow::Borrowed(text.value_data())))
        }
        DataType::LargeUtf8 => {
            let text = array.as_string::<i64>();
            Data::Text(Text::Large(Cow::Borrowed(text.value_offsets()), Cow::Borrowed(text.value_data())))
        }
        DataType::Utf8View => {
            let text = array.as_string_view();
            let (views, _) = text.views().inner().as_slice().as_chunks::<16>();
            let buffers = text.data_buffers().iter().map(|b| Cow::Borrowed(b.as_slice())).collect();
            Data::Text(Text::View(Cow::Borrowed(views), buffers))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            Data::Dictionary(Box::new(data(dictionary.keys())?), Box::new(chunk(dictionary.values())?))
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let offsets = lists.value_offsets().iter().map(|o| i64::from(*o)).collect();
            Data::List(offsets, Box::new(chunk(lists.values())?))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            Data::List(Cow::Borrowed(lists.value_offsets()), Box::new(chunk(lists.values())?))
        }
        DataType::FixedSizeList(_, width) => {
            let lists = array.as_fixed_size_list();
            let offsets = (0..=lists.len() as i64).map(|i| i * i64::from(*width)).collect();
            Data::List(offsets, Box::new(chunk(lists.values())?))
        }
        _ => return None,
    })
}

/// The table as a stream of one batch, for `__arrow_c_stream__`.
pub fn stream<'py>(py: Python<'py>, table: &table::Table) -> PyResult<Bound<'py, PyCapsule>> {
    let batch = py.detach(|| batch(table)).map_err(unwritable)?;
    let schema = batch.schema();
    let reader = RecordBatchIterator::new([Ok(batch)], schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), STREAM)
}

/// The names and types of the table's columns, for `__arrow_c_schema__`.
pub fn schema<'py>(py: Python<'py>, table: &table::Table) -> PyResult<Bound<'py, PyCapsule>> {
    // The width of offsets depends on the length of the text, so the types are those of the whole table.
    let batch = py.detach(|| batch(table)).map_err(unwritable)?;
    let schema = FFI_ArrowSchema::try_from(&*batch.schema()).map_err(unwritable)?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

fn unwritable(error: ArrowError) -> PyErr {
    DataError::new_err(format!("the table cannot be given out as Arrow: {error}"))
}

fn batch(table: &table::Table) -> Result<RecordBatch, ArrowError> {
    let (fields, arrays) = fields_and_arrays(table)?;
    let rows = RecordBatchOptions::new().with_row_count(Some(table.rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &rows)
}

fn fields_and_arrays(table: &table::Table) -> Result<(Vec<FieldRef>, Vec<ArrayRef>), ArrowError> {
    let column = |(name, column): &(String, Arc<table::Column>)| {
        let array = array(column)?;
        Ok((Arc::new(Field::new(name, array.data_type().clone(), true)), array))
    };
    Ok(table.columns.iter().map(column).collect::<Result<Vec<_>, ArrowError>>()?.into_iter().unzip())
}

fn array(column: &table::Column) -> Result<ArrayRef, ArrowError> {
    fn numbers<T: ArrowPrimitiveType>(
        values: &[T::Native],
        nulls: Option<NullBuffer>,
    ) -> Result<PrimitiveArray<T>, ArrowError> {
        PrimitiveArray::try_new(ScalarBuffer::from(values.to_vec()), nulls)
    }
    let nulls = column.validity.as_deref().map(NullBuffer::from);
    Ok(match &column.values {
        Values::Bool(v) => Arc::new(BooleanArray::new(BooleanBuffer::from(v.as_slice()), nulls)),
        Values::I64(v) => Arc::new(numbers::<Int64Type>(v, nulls)?),
        Values::U64(v) => Arc::new(numbers::<UInt64Type>(v, nulls)?),
        Values::F64(v) => Arc::new(numbers::<Float64Type>(v, nulls)?),
        Values::Date(v) => Arc::new(numbers::<Date32Type>(v, nulls)?),
        Values::Timestamp(v, nanos, zone) => {
            let zone: Option<Arc<str>> = zone.as_deref().map(Arc::from);
            match nanos {
                1_000_000_000 => Arc::new(numbers::<TimestampSecondType>(v, nulls)?.with_timezone_opt(zone)),
                1_000_000 => Arc::new(numbers::<TimestampMillisecondType>(v, nulls)?.with_timezone_opt(zone)),
                1_000 => Arc::new(numbers::<TimestampMicrosecondType>(v, nulls)?.with_timezone_opt(zone)),
                _ => Arc::new(numbers::<TimestampNanosecondType>(v, nulls)?.with_timezone_opt(zone)),
            }
        }
        Values::Text(texts) => strings(texts, nulls)?,
        Values::Dictionary(keys, words) => {
            let keys = ScalarBuffer::from_iter(keys.iter().map(|k| *k as i32));
            Arc::new(DictionaryArray::try_new(
                PrimitiveArray::<Int32Type>::try_new(keys, nulls)?,
                strings(words, None)?,
            )?)
        }
        Values::TextList(offsets, texts) => lists(offsets, strings(texts, None)?, nulls)?,
        Values::Tables(offsets, table) => {
            let (fields, arrays) = fields_and_arrays(table)?;
            let structs = StructArray::try_new_with_length(fields.into(), arrays, None, table.rows)?;
            lists(offsets, Arc::new(structs), nulls)?
        }
    })
}

/// Strings with 32-bit offsets where these suffice.
fn strings(texts: &TextColumn, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let bytes = Buffer::from(texts.text.as_bytes());
    Ok(match small(&texts.offsets) {
        Some(offsets) => Arc::new(StringArray::try_new(offsets, bytes, nulls)?),
        None => Arc::new(LargeStringArray::try_new(large(&texts.offsets), bytes, nulls)?),
    })
}

fn lists(offsets: &[i64], values: ArrayRef, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(match small(offsets) {
        Some(offsets) => Arc::new(ListArray::try_new(field, offsets, values, nulls)?),
        None => Arc::new(LargeListArray::try_new(field, large(offsets), values, nulls)?),
    })
}

fn small(offsets: &[i64]) -> Option<OffsetBuffer<i32>> {
    let fits = offsets.last().is_none_or(|last| i32::try_from(*last).is_ok());
    fits.then(|| OffsetBuffer::new(offsets.iter().map(|o| *o as i32).collect()))
}

fn large(offsets: &[i64]) -> OffsetBuffer<i64> {
    OffsetBuffer::new(ScalarBuffer::from(offsets.to_vec()))
}
