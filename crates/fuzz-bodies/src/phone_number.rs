use ringtrue_core::phone_number::{PhoneNumber, PhoneNumberError, PhoneRules, Validation};

/// National forms that differ: trunk prefixes, none, several lengths. The place is part of every input of the corpus.
const REGIONS: [&str; 8] = ["", "CH", "US", "DE", "IT", "MX", "AR", "GB"];
const VALIDATIONS: [Validation; 3] = [Validation::Valid, Validation::Possible, Validation::Parseable];
/// A country code of up to three digits and a national number of up to seventeen, which is what the parser takes.
const DIGITS_MAX: usize = 20;

/// Phone numbers: the first byte chooses the default region, the others are what somebody typed.
///
/// A number that is accepted is E.164, is accepted by each laxer validation as the same, reads as itself, and is masked
/// wherever it is printed.
///
/// # Panics
/// Where a promise is broken.
pub fn phone_number(data: &[u8]) {
    let Some((&choice, typed)) = data.split_first() else {
        return;
    };
    let typed = String::from_utf8_lossy(typed);
    let region = REGIONS[usize::from(choice) % REGIONS.len()];
    let [valid, possible, parseable] = VALIDATIONS.map(|validation| parse(region, validation, &typed));
    for number in [&valid, &possible, &parseable].into_iter().flatten() {
        is_e164(number);
        is_masked(number);
    }
    if let Ok(number) = &valid {
        assert_eq!(Ok(number), possible.as_ref(), "valid, and not possible");
        let again = parse(region, Validation::Valid, number.as_str());
        assert_eq!(Ok(number), again.as_ref(), "a valid number reads as another one");
        let anywhere = parse("", Validation::Valid, number.as_str());
        assert_eq!(Ok(number), anywhere.as_ref(), "E.164 depends on a region");
    }
    if let Ok(number) = &possible {
        assert_eq!(Ok(number), parseable.as_ref(), "possible, and not parseable");
    }
}

fn parse(region: &str, validation: Validation, typed: &str) -> Result<PhoneNumber, PhoneNumberError> {
    let rules = PhoneRules {
        default_region: region.parse().ok(),
        validation,
    };
    rules.parse(typed)
}

fn is_e164(number: &PhoneNumber) {
    let digits = number
        .as_str()
        .strip_prefix('+')
        .expect("E.164 begins with a plus");
    assert!(
        digits.bytes().all(|byte| byte.is_ascii_digit()),
        "not only digits"
    );
    assert!(!digits.starts_with('0'), "no country code begins with a zero");
    assert!(
        (3..=DIGITS_MAX).contains(&digits.len()),
        "{} digits",
        digits.len()
    );
}

fn is_masked(number: &PhoneNumber) {
    let (masked, whole) = (number.masked(), number.as_str());
    assert_eq!(masked.len(), whole.len(), "a mask has the length of its number");
    let shown = masked.bytes().filter(u8::is_ascii_digit).count();
    assert!(shown <= 4, "a mask shows {shown} digits");
    assert!(
        whole.len() <= 5 || !format!("{number:?}").contains(whole),
        "Debug shows the number"
    );
}
