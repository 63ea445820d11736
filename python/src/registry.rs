//! Tables of what there is: kinds of values, columns of the scores, coefficients, models.

use consilience::agreement::{Kin, REGISTRY as COEFFICIENTS};
use consilience::matrix::Options;
use consilience::score::{COLUMNS, ScoreOptions};
use consilience::stats::Watch;
use consilience::table::{Column, Table, TextColumn, Values};
use consilience::truth::REGISTRY as MODELS;
use consilience::value::REGISTRY;
use consilience::{Matrix, Result};

/// One row a kind.
pub fn kinds() -> Table {
    let (mut offsets, mut qualifiers) = (vec![0], TextColumn::default());
    for kind in REGISTRY {
        kind.qualifiers().iter().for_each(|qualifier| qualifiers.push(qualifier.name()));
        offsets.push(qualifiers.len() as i64);
    }
    Table::new([
        ("name", texts(REGISTRY.iter().map(|kind| kind.name()))),
        ("summary", texts(REGISTRY.iter().map(|kind| kind.summary()))),
        ("qualifiers", Values::TextList(offsets, qualifiers).into()),
        ("ranges", Values::Bool(REGISTRY.iter().map(|kind| kind.ranges()).collect()).into()),
        ("reference", texts(REGISTRY.iter().map(|kind| kind.reference()))),
    ])
}

/// One row a coefficient of agreement.
pub fn agreement_coefficients() -> Table {
    let option = |kin| match kin {
        Kin::Weights => "weights",
        Kin::Metric => "metric",
        Kin::Numbers | Kin::Order => "",
    };
    Table::new([
        ("name", texts(COEFFICIENTS.iter().map(|c| c.name()))),
        ("option", texts(COEFFICIENTS.iter().map(|c| option(c.kin())))),
        ("summary", texts(COEFFICIENTS.iter().map(|c| c.summary()))),
        ("reference", texts(COEFFICIENTS.iter().map(|c| c.reference()))),
    ])
}

/// One row a column of the score table; the types are those of the scores of two reports.
pub fn score_columns() -> Result<Table> {
    let matrix = Matrix::from_triples([("f", "a", "x"), ("f", "b", "y")], &Options::default())?;
    let scores = matrix.score(&ScoreOptions::default(), &Watch::default())?.table(None)?;
    let types = scores.columns.iter().map(|(name, column)| match name.as_str() {
        "fact" | "value" | "leading_value" | "refined_value" | "common_ground" => "as in the input",
        _ => type_name(&column.values),
    });
    Ok(Table::new([
        ("name", texts(COLUMNS.iter().map(|column| column.name))),
        ("type", texts(types)),
        ("summary", texts(COLUMNS.iter().map(|column| column.summary))),
        ("reference", texts(COLUMNS.iter().map(|column| column.reference))),
    ]))
}

/// One row a truth model.
pub fn truth_models() -> Table {
    let (mut offsets, mut kinds) = (vec![0], TextColumn::default());
    for model in MODELS {
        model.takes().kinds().iter().for_each(|kind| kinds.push(kind));
        offsets.push(kinds.len() as i64);
    }
    let parameters = MODELS.iter().map(|model| {
        let each: Vec<String> = model.parameters().iter().map(|p| format!("{}={}", p.name, p.default)).collect();
        each.join(", ")
    });
    Table::new([
        ("name", texts(MODELS.iter().map(|model| model.name()))),
        ("family", texts(MODELS.iter().map(|model| model.family()))),
        ("takes", texts(MODELS.iter().map(|model| model.takes().name()))),
        ("kinds", Values::TextList(offsets, kinds).into()),
        ("summary", texts(MODELS.iter().map(|model| model.summary()))),
        ("parameters", Column::texts(parameters.map(Some))),
        ("max_iter", Column::counts(MODELS.iter().map(|model| model.limits().0))),
        ("tol", Column::floats(MODELS.iter().map(|model| Some(model.limits().1)))),
        ("denials", Values::Bool(MODELS.iter().map(|model| model.takes_denials()).collect()).into()),
        ("reference", texts(MODELS.iter().map(|model| model.reference()))),
    ])
}

/// One row a parameter of a truth model.
pub fn truth_parameters() -> Table {
    let rows: Vec<_> =
        MODELS.iter().flat_map(|model| model.parameters().iter().map(move |p| (model.name(), p))).collect();
    Table::new([
        ("model", texts(rows.iter().map(|(model, _)| *model))),
        ("name", texts(rows.iter().map(|(_, p)| p.name))),
        ("default", texts(rows.iter().map(|(_, p)| p.default))),
        ("expects", texts(rows.iter().map(|(_, p)| p.expects))),
        ("summary", texts(rows.iter().map(|(_, p)| p.summary))),
    ])
}

fn texts<'a>(rows: impl Iterator<Item = &'a str>) -> Column {
    Column::texts(rows.map(Some))
}

fn type_name(values: &Values) -> &'static str {
    match values {
        Values::Bool(_) => "boolean",
        Values::I64(_) | Values::U64(_) => "integer",
        Values::F64(_) => "float",
        Values::Text(_) => "string",
        Values::Dictionary(..) => "categorical string",
        Values::Date(_) => "date",
        Values::Timestamp(..) => "timestamp",
        Values::TextList(..) => "list of strings",
        Values::Tables(..) => "list of structs",
    }
}
