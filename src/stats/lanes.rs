//! exp and ln without branches or calls, so that a loop over them runs in vector lanes, and the same to the last bit on every
//! machine (the functions of the standard library are the platform's).

/// 1.5 · 2^52: adding and subtracting it rounds to a whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0;
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x for x ≤ 0, to 2 units in the last place down to e^-700 and 0 below: what a probability relative to the largest needs.
///
/// x = n ln 2 + r; the Taylor series of e^r for |r| ≤ ½ ln 2; the ln 2 in two parts is that of Cody and Waite (1980), Software
/// Manual for the Elementary Functions, chapter 6.
#[inline]
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
#[inline]
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
        assert_eq!((exp(0.0), exp(-1e4), exp(f64::NEG_INFINITY), ln(1.0)), (1.0, 0.0, 0.0, 0.0));
    }
}
