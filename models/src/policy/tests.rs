//! Documents: those of the page are read, and each thing that can be wrong is told in its place.

use proptest::prelude::*;

use super::document::{Document, Section};
use super::{
    DOCUMENT_BYTES_MAX, FAULTS_COUNT_MAX, Policy, header, overbooking, parse, parse_overbooking,
    parse_pricing, pricing,
};
use crate::overbooking::OverbookingPolicy;
use crate::pricing::{Factor, PricingPolicy};

mod faults;

const PAGE: &str = include_str!("../../../docs/policies.md");

/// The documents of the page, in its order: all keys of pricing, what is built in, overbooking.
fn documents() -> [&'static str; 3] {
    let blocks = PAGE.split("```toml\n").skip(1);
    let documents: Vec<&str> = blocks.filter_map(|block| block.split("```").next()).collect();
    documents.try_into().expect("the page has three documents")
}

#[test]
fn the_documents_of_the_page_are_read() {
    let [all, _, overbooking] = documents();
    let pricing = parse_pricing(all).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pricing.curves.len(), Factor::ALL.len() - 1);
    assert_eq!(pricing.seasons.len(), 2);
    assert_eq!(pricing.seasons[0].name, "long stays, booked early");
    assert_eq!(pricing.tiers.len(), 2);
    assert_eq!(parse(all), Ok(Policy::Pricing(Box::new(pricing))));
    let read = parse_overbooking(overbooking).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.shows.segments.len(), 1);
    assert_eq!(parse(overbooking), Ok(Policy::Overbooking(Box::new(read))));
}

#[test]
fn what_is_built_in_is_what_the_page_says() {
    let [_, built_in, overbooking] = documents();
    let written = parse_pricing(built_in).expect("the page's document");
    let empty = parse_pricing("schema = 1\nkind = \"pricing\"\n").expect("nothing but a head");
    assert_eq!(empty, PricingPolicy::default());
    let euro = "EUR".parse().expect("the euro");
    assert!(empty.tiers.values().all(|tiers| *tiers == written.tiers[&euro]));
    assert_eq!(PricingPolicy { tiers: empty.tiers.clone(), ..written }, empty);
    let mut written = parse_overbooking(overbooking).expect("the page's document");
    written.shows.segments.clear();
    written.walk_cost.amounts_minor.clear();
    assert_eq!(written, OverbookingPolicy::default());
    let empty = parse_overbooking("schema = 1\nkind = \"overbooking\"\n").expect("a head");
    assert_eq!(empty, OverbookingPolicy::default());
}

#[test]
fn the_page_has_every_key() {
    let [all, _, oversold] = documents();
    for text in [all, oversold] {
        let document = Document::new(text);
        let table = document.table().expect("the page's document");
        let root = Section::root(&document, &table);
        match header(&root, None).expect("a head") {
            super::Kind::Pricing => drop(pricing::policy(&root)),
            super::Kind::Overbooking => drop(overbooking::policy(&root)),
        }
        for key in document.asked() {
            let written = text.lines().any(|line| {
                let line = line.split('#').next().unwrap_or_default();
                line.split(|each: char| !each.is_alphanumeric() && each != '_').any(|it| it == key)
            });
            assert!(written, "docs/policies.md says nothing of `{key}`");
        }
    }
}

#[test]
fn long_documents_are_refused_unread() {
    let long = "#".repeat(DOCUMENT_BYTES_MAX + 1);
    let error = parse(&long).expect_err("too long");
    assert_eq!(error.faults.len(), 1);
    assert!(error.to_string().contains("65537 bytes"), "{error}");
    let at_most = format!("schema = 1\nkind = \"pricing\"\n{long}");
    assert!(parse(&at_most[..DOCUMENT_BYTES_MAX]).is_ok());
}

#[test]
fn of_many_faults_the_first_are_told_and_the_others_counted() {
    let mut text = "schema = 1\nkind = \"pricing\"\n".to_string();
    (0..250).for_each(|index| text.push_str(&format!("unknown{index} = 1\n")));
    let error = parse(&text).expect_err("unknown keys");
    assert_eq!((error.faults.len(), error.more_count), (FAULTS_COUNT_MAX, 150));
    assert!(error.to_string().ends_with("\nand 150 more"), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.faults.is_empty());
        }
    }

    #[test]
    fn a_document_with_a_hole_is_read_or_refused_in_its_place(
        which in 0_usize..3,
        from in 0_usize..6_000,
        count in 1_usize..40,
    ) {
        let text: Vec<char> = documents()[which].chars().collect();
        let from = from % text.len();
        let kept = text[..from].iter().chain(text.iter().skip(from + count));
        let text: String = kept.collect();
        if let Err(error) = parse(&text) {
            prop_assert!(!error.faults.is_empty());
            let lines = text.lines().count() as u32 + 1;
            prop_assert!(error.faults.iter().all(|it| (1..=lines).contains(&it.line)));
        }
    }
}
