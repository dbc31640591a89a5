//! What holds within a group and ends with it: where its text goes, and how its characters look.

/// What a group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Text that is read.
    Body,
    /// Text beside the body: a header, a footer, a note.
    Side,
    /// Nothing of its own, but groups within it may.
    Quiet,
    /// The table of fonts.
    Fonts,
    /// What a field does: some show themselves, without a result.
    Instruction,
    /// The table of colours.
    Colours,
    /// Properties of a form field.
    FormField,
    /// A picture's digits.
    Picture,
    /// Nothing that is read.
    Skip,
}

/// The state of a group: what begins within it inherits it.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) target: Target,
    /// Bytes that stand for a Unicode character where it isn't known.
    pub(super) fallback: usize,
    pub(super) font: i32,
    pub(super) bold: bool,
    pub(super) underline: bool,
    pub(super) strike: bool,
    pub(super) hidden: bool,
    pub(super) marked: bool,
    /// Whether the properties that follow are those of East Asian characters.
    pub(super) east_asian: bool,
    pub(super) floating: bool,
    /// The group began with `\*`.
    pub(super) starred: bool,
    /// Whether the row's definition of the group outside comes back.
    pub(super) nested_row: bool,
    /// Whether a story of its own ends with the group.
    pub(super) story: bool,
}

impl State {
    /// Outside of any group.
    pub(super) const OUTSIDE: Self = Self {
        target: Target::Body,
        fallback: 1,
        font: 0,
        bold: false,
        underline: false,
        strike: false,
        hidden: false,
        marked: false,
        east_asian: false,
        floating: false,
        starred: false,
        nested_row: false,
        story: false,
    };

    /// `\plain`: the characters look as nothing else says.
    pub(super) fn plain(&mut self) {
        (self.bold, self.underline, self.strike) = (false, false, false);
        (self.hidden, self.marked) = (false, false);
    }
}

/// Where the text of a group goes that begins with this word; none where the word is no destination.
pub(super) fn destination(word: &str, starred: bool) -> Option<Target> {
    match word {
        "shptxt" | "fldrslt" | "nesttableprops" | "result" => Some(Target::Body),
        "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr" | "footerf" | "footnote" => Some(Target::Side),
        "fonttbl" => Some(Target::Fonts),
        "pict" => Some(Target::Picture),
        "shpinst" | "sp" | "sv" | "shppict" | "object" => Some(Target::Quiet),
        "fldinst" => Some(Target::Instruction),
        "colortbl" => Some(Target::Colours),
        "formfield" => Some(Target::FormField),
        "stylesheet" | "info" | "nonshppict" | "shprslt" | "listtext" | "pntext" | "nonesttables" | "sn" | "annotation" | "xe" | "tc"
        | "bkmkstart" | "bkmkend" | "falt" | "panose" | "fname" | "ffname" | "ffdeftext" => Some(Target::Skip),
        _ if starred => Some(Target::Skip),
        _ => None,
    }
}
