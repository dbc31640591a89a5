//! A referral as a mail: text with an HTML alternative, the letter and the package attached (RFC 5322, RFC 2046).
//!
//! A person sends it, so it isn't marked as automatic (RFC 3834 section 5). Nothing is random: boundaries are made from the
//! Message-ID.

use super::{Referral, package};
use crate::intake::compose::mime::alternative;
use crate::model::outbox::Rendered;
use crate::report::words;
use lettre::{
    Address,
    message::{Attachment, Mailbox, MultiPart, header::ContentType},
};
use minijinja::{Environment, context};

pub use crate::report::envelope::Envelope;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const ZIP: &str = "application/zip";

/// Why it could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ReferralError {
    /// The recipient.
    #[error("收件地址无法使用：{0}")]
    Recipient(lettre::address::AddressError),
    /// The sender.
    #[error("smtp.from 无法使用：{0}")]
    Sender(lettre::address::AddressError),
    /// The Message-ID.
    #[error("邮件编号无效")]
    MessageId,
    /// The template.
    #[error("推送邮件无法生成：{0}")]
    Template(#[from] minijinja::Error),
    /// The mail itself.
    #[error("推送邮件无法生成：{0}")]
    Mail(#[from] lettre::error::Error),
    /// The letter or the package.
    #[error("推送材料无法生成：{0}")]
    Document(String),
}

/// A referral as it goes, and the package within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The mail.
    pub mail: Rendered,
    /// Its text.
    pub text: String,
    /// The package.
    pub package: Vec<u8>,
}

/// Puts it together.
pub fn mail(referral: &Referral<'_>, envelope: &Envelope<'_>) -> Result<Posting, ReferralError> {
    let to: Address = envelope.to.parse().map_err(ReferralError::Recipient)?;
    let from: Mailbox = envelope.from.parse().map_err(ReferralError::Sender)?;
    let id = Some(envelope.message_id).filter(|_| envelope.is_named()).ok_or(ReferralError::MessageId)?;
    let package = package::package(referral).map_err(ReferralError::Document)?;
    let letter = referral.letter().map_err(ReferralError::Document)?;
    let (text, title) = (text(referral), referral.title());
    let subject = format!("【{}】{title}", referral.campaign.brand.name);
    let both = MultiPart::alternative()
        .boundary(envelope.boundary("alternative"))
        .singlepart(alternative(ContentType::TEXT_PLAIN, text.clone()))
        .singlepart(alternative(ContentType::TEXT_HTML, html(referral)?));
    let kind = |kind: &str| ContentType::parse(kind).unwrap_or(ContentType::TEXT_PLAIN);
    let whole = MultiPart::mixed()
        .boundary(envelope.boundary("mixed"))
        .multipart(both)
        .singlepart(Attachment::new(format!("{title}.docx")).body(letter, kind(DOCX)))
        .singlepart(Attachment::new("典型案例材料.zip".to_owned()).body(package.clone(), kind(ZIP)));
    let recipient = to.to_string();
    let bytes = envelope.message(from, Mailbox::new(None, to), &subject).multipart(whole)?.formatted();
    Ok(Posting { mail: Rendered { message_id: id.to_owned(), to: recipient, subject, bytes }, text, package })
}

fn text(referral: &Referral<'_>) -> String {
    let campaign = referral.campaign;
    let mut lines = vec![format!("{}  {}", campaign.brand.name, campaign.brand.slogan), String::new(), format!("{}：", referral.recipient)];
    for paragraph in referral.paragraphs() {
        lines.extend([String::new(), format!("　　{paragraph}")]);
    }
    lines.extend([
        String::new(),
        "附件：典型案例材料".to_owned(),
        String::new(),
        campaign.office.signature.clone(),
        words::day(referral.date),
    ]);
    lines.extend([String::new(), campaign.office.foot.clone(), String::new()]);
    lines.join("\n")
}

fn html(referral: &Referral<'_>) -> Result<String, minijinja::Error> {
    let campaign = referral.campaign;
    let values = context! {
        brand => &campaign.brand.name, slogan => &campaign.brand.slogan, recipient => referral.recipient, paragraphs => referral.paragraphs(),
        signature => &campaign.office.signature, dated => words::day(referral.date), foot => &campaign.office.foot,
    };
    Environment::new().render_named_str("referral.html", include_str!("referral.html"), values)
}

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::super::tests::{cases, referral};
    use super::*;
    use crate::intake::compose::mailable::faults;
    use mail_parser::{MessageParser, MimeHeaders};

    #[test]
    fn the_mail_bears_letter_and_package_and_is_the_same_each_time() {
        let campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
        let cases = cases();
        let referral = referral(Target::Samr, &campaign, &cases);
        let envelope = Envelope {
            from: "案例征集 <cases@office.example>",
            to: "office@samr.example",
            message_id: "<zhihui.00@office.example>",
            date: "2023-09-01T09:00:00+08:00".parse().unwrap(),
        };
        let posting = mail(&referral, &envelope).unwrap();
        assert_eq!(posting, mail(&referral, &envelope).unwrap());
        let read = MessageParser::default().parse(&posting.mail.bytes).unwrap();
        let names: Vec<_> = read.attachments().filter_map(|part| part.attachment_name()).collect();
        assert_eq!(names, ["关于报送“荆楚质汇”质量基础设施服务产业发展典型案例的报告.docx", "典型案例材料.zip"]);
        assert!(read.body_text(0).unwrap().contains("市场监管总局：") && posting.text.contains("　　1. 以计量测试服务光电子产业（"));
        assert!(read.header("Auto-Submitted").is_none(), "a person sends it");
        let html = html(&referral).unwrap();
        assert_eq!(faults(&html), Vec::<String>::new());
        assert!(html.contains("&lt;b&gt;领跑") && !html.contains("<b>"), "{html}");
        let hostile = Envelope { to: "a@b.example>\r\nBcc: <c@d.example", ..envelope };
        assert!(matches!(mail(&referral, &hostile), Err(ReferralError::Recipient(_))));
    }
}
