//! exp, ln and sums without branches or calls, so that loops over them run in vector lanes, and the same to the last bit on every
//! machine (the functions of the standard library are the platform's).

/// Does `work` with the vectors of AVX2 where the machine has them, whatever this was built for. `work` must be `#[inline(always)]`, and
/// so must all that it calls in its loops. The same to the last bit: no operation is fused, left out or put in another order.
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = fearless_simd::Level::new().as_avx2() {
        return fearless_simd::Simd::vectorize(avx2, work);
    }
    work()
}

/// A fold of numbers by four lanes: an order of its own, and the same on every machine.
macro_rules! over_lanes {
    ($name:ident, $what:literal, $none:expr, $with:expr) => {
        #[doc = $what]
        #[inline(always)]
        pub fn $name(x: &[f64]) -> f64 {
            let (fours, rest) = x.as_chunks::<4>();
            let mut all = [$none; 4];
            for four in fours {
                all = [$with(all[0], four[0]), $with(all[1], four[1]), $with(all[2], four[2]), $with(all[3], four[3])];
            }
            let of_fours = $with($with(all[0], all[1]), $with(all[2], all[3]));
            rest.iter().fold(of_fours, |a, b| $with(a, *b))
        }
    };
}

over_lanes!(sum, "The sum of some numbers, four lanes at a time.", 0.0, |a: f64, b: f64| a + b);
over_lanes!(largest, "The largest of some numbers, or -∞.", f64::NEG_INFINITY, |a: f64, b: f64| if b > a {
    b
} else {
    a
});

/// The sum of products of as many numbers each, in eight sums side by side: always in the same order, and quick.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let mut sums = [0.0; 8];
    let (mut left, mut right) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in (&mut left).zip(&mut right) {
        (0..8).for_each(|i| sums[i] += a[i] * b[i]);
    }
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// Puts `with(x, [y, …])` in the place of each `x`, the y being in the same place of others of its length. Four at a time: all that is
/// read comes before what is written, so that they fill a vector even where the compiler cannot tell that nothing overlaps. `with` must
/// be `#[inline(always)]`.
#[inline(always)]
pub fn renew<const N: usize>(x: &mut [f64], others: [&[f64]; N], with: impl Fn(f64, [f64; N]) -> f64) {
    let (fours, rest) = x.as_chunks_mut::<4>();
    let n = 4 * fours.len();
    let others_fours = others.map(|y| &y.as_chunks::<4>().0[..fours.len()]);
    for (i, x) in fours.iter_mut().enumerate() {
        let y = others_fours.map(|y| y[i]);
        *x = [
            with(x[0], y.map(|y| y[0])),
            with(x[1], y.map(|y| y[1])),
            with(x[2], y.map(|y| y[2])),
            with(x[3], y.map(|y| y[3])),
        ];
    }
    for (i, x) in rest.iter_mut().enumerate() {
        *x = with(*x, others.map(|y| y[n + i]));
    }
}

/// Multiplies all numbers by one.
#[inline(always)]
pub fn scale(x: &mut [f64], by: f64) {
    renew(
        x,
        [],
        #[inline(always)]
        |x, []| x * by,
    );
}

/// How often each of eight places occurs among at most 255 items, a byte a place from the lowest: no memory is written while counting.
#[inline(always)]
pub fn packed_counts<T>(items: &[T], place: impl Fn(&T) -> u32) -> u64 {
    items.iter().map(|item| 1_u64 << (8 * (place(item) & 7))).sum()
}

/// 1.5 · 2^52: adding and subtracting it rounds to a whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0;
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x for x ≤ 0, to 2 units in the last place down to e^-700 and 0 below: what a probability relative to the largest needs.
///
/// x = n ln 2 + r; the Taylor series of e^r for |r| ≤ ½ ln 2; the ln 2 in two parts is that of Cody and Waite (1980), Software
/// Manual for the Elementary Functions, chapter 6.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let y = if x > -700.0 { x } else { -700.0 };
    let shifted = y * std::f64::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = (y - n * LN2_HIGH) - n * LN2_LOW;
    let mut sum = 1.0 / 6_227_020_800.0;
    for k in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + k;
    }
    // The last bits of `shifted` hold n: moved to the exponent they are 2^n.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x > -700.0 { sum * power } else { 0.0 }
}

/// ln x for a normal x > 0, to 2 units in the last place.
///
/// x = 2^n m with m in [√½, √2); ln m = 2 artanh((m − 1)/(m + 1)) by its series.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let bits = x.to_bits();
    // Where x starts from √½ instead of 1, the bits of the exponent are those of n.
    let up = bits.wrapping_sub(SQRT_HALF);
    let n = (up as i64 >> 52) as i32;
    let m = f64::from_bits(bits.wrapping_sub((n as i64 as u64) << 52));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut sum = 1.0 / 23.0;
    for k in [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sum = sum * z + 1.0 / k;
    }
    // ln m = 2s + 2s z sum, and 2s = f − s f keeps the leading term exact.
    let n = f64::from(n);
    n * LN2_HIGH + (f - (s * (f - 2.0 * z * sum) - n * LN2_LOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_are_those_of_the_standard_library() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_499_7;
            assert!((exp(x) - x.exp()).abs() <= 5e-16 * x.exp(), "exp {x}: {} {}", exp(x), x.exp());
            for y in [x.exp(), 1.0 + f64::from(i) * 1e-3, 1.0 - f64::from(i) * 4.9e-6] {
                if y >= f64::MIN_POSITIVE {
                    assert!((ln(y) - y.ln()).abs() <= 5e-16 * y.ln().abs(), "ln {y}: {} {}", ln(y), y.ln());
                }
            }
        }
        assert_eq!((sum(&[]), largest(&[]), sum(&[1.0, 2.0, 3.0, 4.0, 5.0])), (0.0, f64::NEG_INFINITY, 15.0));
        assert_eq!(largest(&[1.0, 7.0, 3.0, 4.0, 5.0, -1.0]), 7.0);
        assert_eq!((exp(0.0), exp(-1e4), exp(f64::NEG_INFINITY), ln(1.0)), (1.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn every_place_has_a_count_of_its_own() {
        let places: Vec<u32> = (0..255).map(|i| if i < 250 { 7 } else { i % 3 }).collect();
        let expected: Vec<u8> = (0..8).map(|p| places.iter().filter(|x| **x == p).count() as u8).collect();
        assert_eq!(packed_counts(&places, |p| *p).to_le_bytes(), *expected);
        assert_eq!(packed_counts(&[7_u32; 255], |p| *p).to_le_bytes(), [0, 0, 0, 0, 0, 0, 0, 255]);
    }

    #[test]
    fn numbers_are_renewed_each_by_those_in_its_place() {
        for n in 0..11 {
            let numbers = |by: f64| (0..n).map(|i| by * f64::from(i) + 1.0).collect::<Vec<f64>>();
            let (mut x, y, z) = (numbers(2.0), numbers(3.0), numbers(5.0));
            renew(&mut x, [&y, &z], |x, [y, z]| x + 10.0 * y + 100.0 * z);
            assert_eq!(x, (0..n).map(|i| 532.0 * f64::from(i) + 111.0).collect::<Vec<f64>>());
        }
    }

    #[test]
    fn wide_vectors_change_no_bit() {
        #[inline(always)]
        fn work(x: &mut [f64]) -> (f64, f64) {
            for x in x.iter_mut() {
                *x = ln(exp(-*x) + 1.5 * *x + 0.1);
            }
            (sum(x), largest(x))
        }
        let mut x: Vec<f64> = (0..1003).map(|i| f64::from(i) * 0.037).collect();
        let mut y = x.clone();
        let as_it_is = std::hint::black_box(work as fn(&mut [f64]) -> (f64, f64))(&mut y);
        let of_wide = wide(
            #[inline(always)]
            || work(&mut x),
        );
        assert_eq!((of_wide, x), (as_it_is, y));
    }
}
