//! Numbers by fact and source, centred and scaled: what the coefficients of numeric values read.

use super::panel::Panel;

/// Values in sparse form, grouped by fact: at most one a fact and source, facts and sources without any left out.
///
/// Coefficients of agreement do not change when all values are shifted or scaled. Their sums of squares would lose digits,
/// so values are centred, and scaled by a power of two, once and for all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    pub fact_ptr: Vec<usize>,
    pub source: Vec<u32>,
    pub value: Vec<f64>,
    pub n_sources: usize,
}

impl Numbers {
    /// Of the values of each fact: pairs of source and value.
    pub fn new<'a>(facts: impl IntoIterator<Item = &'a [(u32, f64)]>) -> Numbers {
        let mut numbers = Numbers { fact_ptr: vec![0], source: vec![], value: vec![], n_sources: 0 };
        let mut places: Vec<Option<u32>> = Vec::new();
        for fact in facts.into_iter().filter(|fact| !fact.is_empty()) {
            for (source, value) in fact {
                let at = *source as usize;
                if at >= places.len() {
                    places.resize(at + 1, None);
                }
                let place = *places[at].get_or_insert_with(|| {
                    numbers.n_sources += 1;
                    numbers.n_sources as u32 - 1
                });
                numbers.source.push(place);
                numbers.value.push(*value);
            }
            numbers.fact_ptr.push(numbers.source.len());
        }
        standardise(&mut numbers.value);
        numbers
    }

    /// Of the ratings of a panel that stand on a scale.
    pub fn of_panel(panel: &Panel<'_>) -> Numbers {
        let places = panel.places();
        let mut facts: Vec<Vec<(u32, f64)>> = Vec::with_capacity(panel.n_facts());
        panel.each(|said| {
            facts.push(said.iter().map(|(voice, category)| (*voice, places[*category as usize])).collect())
        });
        Numbers::new(facts.iter().map(Vec::as_slice))
    }

    /// With each fact as often as `counts` says; not standardised again.
    pub fn repeated(&self, counts: &[f64]) -> Numbers {
        let mut places: Vec<Option<u32>> = vec![None; self.n_sources];
        let mut numbers = Numbers { fact_ptr: vec![0], source: vec![], value: vec![], n_sources: 0 };
        for (f, count) in counts.iter().enumerate() {
            let (sources, values) = self.of(f);
            for _ in 0..count.round() as usize {
                for s in sources {
                    numbers.source.push(*places[*s as usize].get_or_insert_with(|| {
                        numbers.n_sources += 1;
                        numbers.n_sources as u32 - 1
                    }));
                }
                numbers.value.extend_from_slice(values);
                numbers.fact_ptr.push(numbers.source.len());
            }
        }
        numbers
    }

    pub fn n_facts(&self) -> usize {
        self.fact_ptr.len() - 1
    }

    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether every source has a value for every fact.
    pub fn is_complete(&self) -> bool {
        self.len() == self.n_facts() * self.n_sources
    }

    /// Whether all values are equal.
    pub fn is_constant(&self) -> bool {
        self.value.iter().all(|v| *v == self.value[0])
    }

    /// Sources and values of a fact.
    pub fn of(&self, fact: usize) -> (&[u32], &[f64]) {
        let range = self.fact_ptr[fact]..self.fact_ptr[fact + 1];
        (&self.source[range.clone()], &self.value[range])
    }

    /// The values by source: facts in ascending order.
    pub fn by_source(&self) -> Vec<Vec<(u32, f64)>> {
        let mut columns = vec![Vec::new(); self.n_sources];
        for f in 0..self.n_facts() {
            let (sources, values) = self.of(f);
            for (s, v) in sources.iter().zip(values) {
                columns[*s as usize].push((f as u32, *v));
            }
        }
        columns
    }

    /// The same with facts and sources in each other's place.
    pub fn transposed(&self) -> Numbers {
        let mut turned = Numbers { fact_ptr: vec![0], source: vec![], value: vec![], n_sources: self.n_facts() };
        for column in self.by_source() {
            turned.source.extend(column.iter().map(|(f, _)| *f));
            turned.value.extend(column.iter().map(|(_, v)| *v));
            turned.fact_ptr.push(turned.source.len());
        }
        turned
    }
}

/// Shifts the values to mean 0 and scales them by a power of two to a largest absolute value in [1/2, 1]. Equal values
/// stay equal, and become 0 where all are.
fn standardise(values: &mut [f64]) {
    // Huge numbers are made small first: their differences could overflow.
    scale(values);
    let Some(first) = values.first().copied() else { return };
    values.iter_mut().for_each(|v| *v -= first);
    scale(values);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|v| *v -= mean);
    scale(values);
}

fn scale(values: &mut [f64]) {
    let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    if largest > 0.0 {
        let exponent = largest.log2().ceil() as i32;
        // In two steps: 2^1074 is not a number that a float holds.
        let (half, rest) = (2.0_f64.powi(-exponent / 2), 2.0_f64.powi(-(exponent - exponent / 2)));
        values.iter_mut().for_each(|v| *v = *v * half * rest);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Of a table with gaps: a row a source.
    pub fn table(rows: &[&[Option<f64>]]) -> Numbers {
        let n = rows.first().map_or(0, |row| row.len());
        let fact =
            |f: usize| rows.iter().enumerate().filter_map(move |(s, row)| row[f].map(|v| (s as u32, v))).collect();
        let facts: Vec<Vec<(u32, f64)>> = (0..n).map(fact).collect();
        Numbers::new(facts.iter().map(Vec::as_slice))
    }

    #[test]
    fn sources_without_values_are_left_out() {
        let numbers = Numbers::new([&[(5, 1.0)][..], &[], &[(2, 3.0), (5, 1.0)]]);
        assert_eq!((numbers.n_facts(), numbers.n_sources, numbers.len()), (2, 2, 3));
        assert_eq!(numbers.source, [0, 1, 0]);
        assert!(!numbers.is_complete() && !numbers.is_constant());
        let turned = numbers.transposed();
        assert_eq!((turned.n_facts(), turned.n_sources, turned.of(0).0), (2, 2, &[0, 1][..]));
        assert_eq!(turned.of(0).1[0], numbers.value[0]);
    }

    #[test]
    fn values_are_standardised_exactly() {
        let of = |moved: &dyn Fn(f64) -> f64| {
            let value = |v: f64| Some(moved(v));
            table(&[&[value(1.0), value(2.0)], &[value(4.0), value(1.0)]]).value
        };
        let plain = of(&|v| v);
        assert_eq!(plain, of(&|v| v * 4.0));
        assert_eq!(plain, of(&|v| v + 1024.0));
        for factor in [2e300, -1e-307, 0.3] {
            // A factor that is no power of two leaves one that all values have in common.
            let scaled = of(&|v| v * factor);
            assert!(scaled.iter().zip(&plain).all(|(a, b)| (a / scaled[0] - b / plain[0]).abs() < 1e-14), "{scaled:?}");
        }
        assert!(table(&[&[Some(0.1), Some(0.1)], &[Some(0.1), None]]).is_constant());
    }
}
