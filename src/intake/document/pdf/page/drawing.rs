//! Path operators: what is stroked or filled may be a ruling, or somebody's tick. ISO 32000-1, 8.5.

use super::Scope;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::Number;

#[derive(Debug, Clone, Copy)]
enum Paint {
    Stroke,
    Fill,
    Both,
}

impl Scope<'_, '_, '_> {
    /// An operator that builds or paints a path; others change nothing here.
    pub(super) fn draw(&mut self, operation: &Op<'_, '_>) {
        let ctm = self.state.ctm;
        let point = |x: &Number, y: &Number| ctm.at((x.as_f64(), y.as_f64()));
        match operation {
            Op::MoveTo(op) => self.path.move_to(point(&op.0, &op.1)),
            Op::LineTo(op) => self.path.line_to(point(&op.0, &op.1)),
            Op::CubicTo(op) => self.path.curve_to(point(&op.4, &op.5)),
            Op::CubicStartTo(op) => self.path.curve_to(point(&op.2, &op.3)),
            Op::CubicEndTo(op) => self.path.curve_to(point(&op.2, &op.3)),
            Op::ClosePath(_) => self.path.close(),
            Op::RectPath(op) => self.path.rectangle(ctm, (op.0.as_f64(), op.1.as_f64()), (op.2.as_f64(), op.3.as_f64())),
            Op::StrokePath(_) => self.finish(Paint::Stroke),
            Op::CloseAndStrokePath(_) => {
                self.path.close();
                self.finish(Paint::Stroke);
            }
            Op::FillPathNonZero(_) | Op::FillPathNonZeroCompatibility(_) | Op::FillPathEvenOdd(_) => self.finish(Paint::Fill),
            Op::FillAndStrokeNonZero(_) | Op::FillAndStrokeEvenOdd(_) => self.finish(Paint::Both),
            Op::CloseFillAndStrokeNonZero(_) | Op::CloseFillAndStrokeEvenOdd(_) => {
                self.path.close();
                self.finish(Paint::Both);
            }
            Op::ClipNonZero(_) | Op::ClipEvenOdd(_) => self.clips = true,
            Op::EndPath(_) => self.end(),
            _ => {}
        }
    }

    fn finish(&mut self, paint: Paint) {
        self.sheet.clip = self.state.clip;
        let fills = matches!(paint, Paint::Fill | Paint::Both);
        if fills && self.state.text.tinted {
            self.path.ground(self.sheet);
        }
        match paint {
            Paint::Stroke | Paint::Both => self.path.stroke(self.sheet),
            Paint::Fill => self.path.fill(self.sheet),
        }
        self.end();
    }

    /// Forgets the path, which may clip what is drawn from here on: at most to the rectangle around it.
    fn end(&mut self) {
        if std::mem::take(&mut self.clips) {
            let [left, top, right, bottom] = self.path.edges();
            let shown =
                self.state.clip.map_or([left, top, right, bottom], |[l, t, r, b]| [l.max(left), t.max(top), r.min(right), b.min(bottom)]);
            self.state.clip = Some(shown);
        }
        self.path.clear();
    }
}
