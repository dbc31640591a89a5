//! Suggested focus areas (重点方面), with the words that led to each (design rule 9). They are not on the
//! form; a coordinator settles.

use crate::model::campaign::FocusAreaRule;
use crate::model::reading::FocusArea;

/// The areas whose words stand in the title or the introduction, in the notice's order.
pub fn suggest(title: Option<&str>, introduction: Option<&str>, rules: &[FocusAreaRule]) -> Vec<FocusArea> {
    let stands = |word: &str| [title, introduction].into_iter().flatten().any(|text| text.contains(word));
    let area = |rule: &FocusAreaRule| {
        let because: Vec<String> = rule.words.iter().filter(|word| stands(word)).cloned().collect();
        (!because.is_empty()).then(|| FocusArea { id: rule.id.clone(), because })
    };
    rules.iter().filter_map(area).collect()
}
