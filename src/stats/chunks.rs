//! Parallel maps whose results never depend on the number of threads.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Splits `0..n` into ranges of `chunk` items (the last may be shorter), maps each by `f` in parallel and returns the
/// results in order.
///
/// The ranges depend on `n` and `chunk` alone, so a sum over the results is the same to the last bit for any number
/// of threads (floating-point addition is not associative: Goldberg 1991, ACM Computing Surveys 23(1), section 2.2).
/// A `chunk` of 0 counts as 1.
pub fn map_chunks<T: Send>(n: usize, chunk: usize, f: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let chunk = chunk.max(1);
    map(n.div_ceil(chunk), &|i| f(i * chunk..n.min((i + 1).saturating_mul(chunk))))
}

/// As [`map_chunks`], over pieces of `items` that `f` may change: `chunk` items each, with the place of the first.
pub fn map_chunks_mut<U: Send, T: Send>(
    items: &mut [U],
    chunk: usize,
    f: impl Fn(usize, &mut [U]) -> T + Sync,
) -> Vec<T> {
    let chunk = chunk.max(1);
    let pieces: Vec<Mutex<&mut [U]>> = items.chunks_mut(chunk).map(Mutex::new).collect();
    map(pieces.len(), &|i| f(i * chunk, &mut pieces[i].lock().unwrap_or_else(PoisonError::into_inner)))
}

fn map<T: Send>(n: usize, f: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    // Without a second thread or chunk the pool would cost time and give nothing.
    if n <= 1 || rayon::current_num_threads() <= 1 {
        return (0..n).map(f).collect();
    }
    let results: Vec<Mutex<Option<T>>> = (0..n).map(|_| Mutex::new(None)).collect();
    for_each(n, &|i| {
        let result = f(i);
        *results[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// The one place where work is shared among threads: compiled for each sort of work it would be a tenth of the wheel.
fn for_each(n: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..n).into_par_iter().for_each(work);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_with(threads: usize, n: usize, chunk: usize) -> f64 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let partial = |r: Range<usize>| r.map(|i| 1.0 / (1.0 + i as f64).powf(1.3)).sum::<f64>();
        pool.install(|| map_chunks(n, chunk, partial).into_iter().sum())
    }

    #[test]
    fn sums_are_the_same_for_any_number_of_threads() {
        let one = sum_with(1, 100_003, 1_000);
        for threads in 2..=7 {
            assert_eq!(one.to_bits(), sum_with(threads, 100_003, 1_000).to_bits());
        }
    }

    #[test]
    fn the_chunks_cover_every_index_once_and_in_order() {
        for n in [0, 1, 6, 7, 8, 20, 21] {
            let seen: Vec<usize> = map_chunks(n, 7, |r| r.collect::<Vec<_>>()).concat();
            assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
        let mut items: Vec<usize> = vec![0; 20];
        let firsts = map_chunks_mut(&mut items, 7, |first, piece| {
            piece.iter_mut().enumerate().for_each(|(i, item)| *item = first + i);
            first
        });
        assert_eq!((items, firsts), ((0..20).collect(), vec![0, 7, 14]));
        assert_eq!(map_chunks(3, 0, |r| r.len()), [1, 1, 1]);
        assert_eq!(map_chunks(3, usize::MAX, |r| r.len()), [3]);
    }
}
