//! `AbbreviatedData` becomes a path. GB/T 33190, 9.3: `M 0 0 L 10 0 C`.

use crate::intake::document::layout::matrix::Matrix;
use crate::intake::document::layout::path::Path;

/// Steps of a path beyond which it is a drawing.
const MOST_STEPS: usize = 100_000;

/// Reads path data in an object's space.
pub(super) fn path(data: &str, own: Matrix) -> Path {
    let mut path = Path::default();
    let mut tokens = data.split_whitespace().take(MOST_STEPS).peekable();
    while let Some(step) = tokens.next() {
        let mut operands: Vec<f64> = Vec::new();
        while let Some(number) = tokens.peek().and_then(|token| token.parse().ok()) {
            operands.push(number);
            tokens.next();
        }
        let end = match operands.as_slice() {
            [.., x, y] => own.at((*x, *y)),
            _ => {
                if step == "C" {
                    path.close();
                }
                continue;
            }
        };
        match step {
            "M" | "S" => path.move_to(end),
            "L" => path.line_to(end),
            "Q" | "B" | "A" => path.curve_to(end),
            _ => {}
        }
    }
    path
}
