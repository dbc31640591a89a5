//! The year's mails, written by chance from a seed: who writes when, what, and how they answer what they are asked.
//!
//! Nothing here knows what the program will say: a unit that is to correct something does so some days after its own
//! first mail, in time, late, or never.

use super::beside;
use super::chance::Chance;
use super::form::{Filled, Lack, form, letter};
use super::mail::Mail;
use crate::model::{
    campaign::{Campaign, Category},
    region::Regions,
    time,
};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// A page with a red stamp.
const SCAN: &[u8] = include_bytes!("scan.png");
/// The institutes that there is one of in every region.
const KINDS: [&str; 6] =
    ["计量测试检定所", "产品质量检验检测所", "标准化研究院", "特种设备检验检测所", "食品药品检验所", "知识产权保护中心"];
const INDUSTRIES: [&str; 8] = ["汽车零部件", "光纤通信", "生物医药", "高端装备", "绿色建材", "茶叶加工", "纺织服装", "磷化工"];
const MEANS: [&str; 5] = ["计量测试", "标准引领", "检验检测", "认证提升", "一站式"];
const PEOPLE: [&str; 6] = ["王明", "李芳", "张伟", "刘洋", "陈静", "赵强"];

/// What somebody writes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Story {
    Complete,
    Defective,
    ScanFollows,
    Twice,
    Bureau,
    Inquiry,
    Robot,
    Bounce,
    Newsletter,
    Late,
}

/// How often each is met, in a thousand stories.
const STORIES: [(Story, u64); 10] = [
    (Story::Complete, 400),
    (Story::Defective, 210),
    (Story::ScanFollows, 60),
    (Story::Twice, 45),
    (Story::Bureau, 60),
    (Story::Inquiry, 70),
    (Story::Robot, 45),
    (Story::Bounce, 30),
    (Story::Newsletter, 50),
    (Story::Late, 30),
];

/// What a unit does about a correction request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    InTime,
    HalfInTime,
    Late,
    Never,
}

const ANSWERS: [(Answer, u64); 4] = [(Answer::InTime, 50), (Answer::HalfInTime, 8), (Answer::Late, 20), (Answer::Never, 22)];
const LACKS: [(Lack, u64); 4] = [(Lack::Seal, 45), (Lack::Phone, 25), (Lack::Category, 20), (Lack::Brevity, 10)];

/// What the year is made of.
#[derive(Debug)]
pub struct Script<'a> {
    /// The notice.
    pub campaign: &'a Campaign,
    /// Where units are.
    pub regions: &'a Regions,
    /// The first day.
    pub from: Date,
    /// The first day after.
    pub until: Date,
}

struct Writer<'a> {
    script: &'a Script<'a>,
    chance: Chance,
    mails: Vec<Mail>,
    /// Those that were begun.
    numbers: u64,
    forms: u64,
}

impl Script<'_> {
    /// Exactly so many mails, in the order of receipt.
    pub fn mails(&self, seed: u64, count: usize) -> Result<Vec<Mail>, String> {
        let mut writer = Writer { script: self, chance: Chance::new(seed), mails: Vec::new(), numbers: 0, forms: 0 };
        while writer.mails.len() < count {
            writer.story()?;
        }
        let mut mails = writer.mails;
        mails.sort_by_key(|mail| (mail.at, mail.number));
        // What is too many is the latest; whoever is cut off there simply hasn't written yet.
        mails.truncate(count);
        Ok(mails)
    }
}

impl Writer<'_> {
    fn story(&mut self) -> Result<(), String> {
        let calendar = &self.script.campaign.calendar;
        let story = self.chance.weighted(&STORIES).unwrap_or(Story::Inquiry);
        let at = if story == Story::Late { self.moment(calendar.closes, self.script.until) } else { self.busy_moment() };
        // A year that ends before the close has nothing that is late.
        let at = if at < self.end() { at } else { self.busy_moment() };
        match story {
            Story::Complete | Story::Late => self.submission(at, Lack::Nothing, None).map(|_| ()),
            Story::Defective => self.correction(at),
            Story::ScanFollows => self.scan_follows(at),
            Story::Twice => self.twice(at),
            Story::Bureau => self.bureau(at),
            Story::Inquiry | Story::Robot | Story::Bounce | Story::Newsletter => {
                self.beside(story, at);
                Ok(())
            }
        }
    }

    fn correction(&mut self, at: Timestamp) -> Result<(), String> {
        let lack = self.chance.weighted(&LACKS).unwrap_or(Lack::Seal);
        let (number, filled, from) = self.submission(at, lack, None)?;
        let answer = self.chance.weighted(&ANSWERS).unwrap_or(Answer::Never);
        let days = match answer {
            Answer::InTime | Answer::HalfInTime => self.chance.between(1, 5),
            Answer::Late => self.chance.between(14, 60),
            Answer::Never => return Ok(()),
        };
        let again = self.after(at, days);
        if answer == Answer::HalfInTime && lack != Lack::Seal {
            self.again(again, Lack::Seal, number, &filled, &from)?;
            let more = self.chance.between(1, 3);
            let again = self.after(again, more);
            return self.again(again, Lack::Nothing, number, &filled, &from);
        }
        self.again(again, Lack::Nothing, number, &filled, &from)
    }

    /// The stamped scan follows within the wait before anything is asked.
    fn scan_follows(&mut self, at: Timestamp) -> Result<(), String> {
        let (number, _, from) = self.submission(at, Lack::Seal, None)?;
        let minutes = self.chance.between(5, 60);
        let mail = Mail {
            from,
            name: "办公室".into(),
            subject: "补充盖章扫描件".into(),
            text: "现补充申报表盖章扫描件，请查收。".into(),
            answers: Some(number),
            files: vec![("盖章扫描件.png".into(), SCAN.to_vec())],
            ..Mail::default()
        };
        self.send(at.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(at), mail);
        Ok(())
    }

    /// The same mail is delivered again.
    fn twice(&mut self, at: Timestamp) -> Result<(), String> {
        self.submission(at, Lack::Nothing, None)?;
        let minutes = self.chance.between(1, 600);
        if let Some(first) = self.mails.last().cloned() {
            let at = at.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(at);
            if at < self.end() {
                self.mails.push(Mail { at, copy: 1, ..first });
            }
        }
        Ok(())
    }

    /// A city's bureau sends what units of its region gave it.
    fn bureau(&mut self, at: Timestamp) -> Result<(), String> {
        let Some(region) = self.chance.pick(&self.script.regions.regions) else { return Ok(()) };
        let count = self.chance.between(1, 3);
        let mut files = vec![("推荐函.docx".to_owned(), letter(&region.name)?)];
        for n in 1..=count {
            let filled = self.filled(at, Some(&region.name));
            files.push((format!("{n}申报表.docx"), form(&filled, Lack::Nothing, self.script.campaign)?));
            files.push((format!("{n}盖章扫描件.png"), SCAN.to_vec()));
        }
        let mail = Mail {
            from: format!("zlj@r{}.example", region.code),
            name: format!("{}市场监督管理局", region.name),
            subject: format!("转发：{}典型案例报送材料", region.name),
            text: format!("现报送我地典型案例{count}件，请查收。"),
            files,
            ..Mail::default()
        };
        self.send(at, mail);
        Ok(())
    }

    /// What brings no case.
    fn beside(&mut self, story: Story, at: Timestamp) {
        let n = self.chance.below(40);
        let mail = match story {
            Story::Robot => beside::robot(n),
            Story::Bounce => beside::bounce(n),
            Story::Newsletter => beside::newsletter(n),
            _ => beside::inquiry(n),
        };
        self.send(at, mail);
    }

    /// A unit applies: its mail's number, its form and its address.
    fn submission(&mut self, at: Timestamp, lack: Lack, region: Option<&str>) -> Result<(u64, Filled, String), String> {
        let filled = self.filled(at, region);
        let from = format!("office@u{}.example", self.forms);
        let number = self.form_mail(at, lack, None, &filled, &from)?;
        Ok((number, filled, from))
    }

    fn again(&mut self, at: Timestamp, lack: Lack, answers: u64, filled: &Filled, from: &str) -> Result<(), String> {
        self.form_mail(at, lack, Some(answers), filled, from).map(|_| ())
    }

    fn form_mail(&mut self, at: Timestamp, lack: Lack, answers: Option<u64>, filled: &Filled, from: &str) -> Result<u64, String> {
        let mut files = vec![("申报表.docx".to_owned(), form(filled, lack, self.script.campaign)?)];
        if lack != Lack::Seal {
            files.push(("盖章扫描件.png".to_owned(), SCAN.to_vec()));
        }
        let subject = if answers.is_some() { "补正材料：典型案例申报" } else { "典型案例申报材料" };
        let mail = Mail {
            from: from.to_owned(),
            name: filled.unit.clone(),
            subject: subject.into(),
            text: "现报送典型案例申报表，请查收。".into(),
            answers,
            files,
            ..Mail::default()
        };
        Ok(self.send(at, mail))
    }

    fn filled(&mut self, at: Timestamp, region: Option<&str>) -> Filled {
        self.forms += 1;
        let n = self.forms;
        let region = region.map(String::from).or_else(|| self.chance.pick(&self.script.regions.regions).map(|region| region.name.clone()));
        let mut word = |words: &[&'static str]| self.chance.pick(words).copied().unwrap_or_default();
        let (kind, industry, means, person) = (word(&KINDS), word(&INDUSTRIES), word(&MEANS), word(&PEOPLE));
        let categories = [Category::Metrology, Category::Standards, Category::Inspection, Category::Certification];
        Filled {
            title: format!("{means}服务{industry}产业提质增效的第{n}个实践"),
            unit: format!("{}{kind}", region.unwrap_or_default()),
            person: person.to_owned(),
            phone: format!("199{n:08}"),
            category: self.chance.pick(&categories).copied().unwrap_or(Category::Metrology),
            date: time::local(at).date(),
        }
    }

    fn send(&mut self, at: Timestamp, mail: Mail) -> u64 {
        self.numbers += 1;
        let (number, written) = (self.numbers, at.saturating_sub(SignedDuration::from_secs(5)).unwrap_or(at));
        // Who would write after the year's end doesn't.
        if at < self.end() {
            self.mails.push(Mail { at, written, number, ..mail });
        }
        number
    }

    fn end(&self) -> Timestamp {
        time::start_of(self.script.until).unwrap_or(Timestamp::MAX)
    }

    /// Most write when a window is about to close.
    fn busy_moment(&mut self) -> Timestamp {
        let calendar = &self.script.campaign.calendar;
        let until = calendar.closes.min(self.script.until);
        if self.chance.below(100) < 55 {
            return self.moment(self.script.from, until);
        }
        let (from, until) = match self.chance.pick(&calendar.batches) {
            Some(batch) => (batch.until.saturating_sub(6.days()).max(self.script.from), batch.until.min(until)),
            None => (self.script.from, until),
        };
        if from < until { self.moment(from, until) } else { self.moment(self.script.from, calendar.closes.min(self.script.until)) }
    }

    /// Some second of some day, in office hours but for a few.
    fn moment(&mut self, from: Date, until: Date) -> Timestamp {
        let days = from.until(until).map_or(1, |span| i64::from(span.get_days())).max(1);
        let day = from.saturating_add(self.chance.between(0, days - 1).days());
        let second = if self.chance.below(100) < 12 { self.chance.between(0, 86_399) } else { self.chance.between(30_600, 63_000) };
        let start = time::start_of(day).unwrap_or_default();
        start.saturating_add(SignedDuration::from_secs(second)).unwrap_or(start)
    }

    /// So many days later, in office hours.
    fn after(&mut self, at: Timestamp, days: i64) -> Timestamp {
        let day = time::local(at).date().saturating_add(days.days());
        let second = self.chance.between(32_400, 61_200);
        let start = time::shanghai().to_timestamp(day.to_datetime(Time::midnight())).unwrap_or(at);
        start.saturating_add(SignedDuration::from_secs(second)).unwrap_or(start)
    }
}
