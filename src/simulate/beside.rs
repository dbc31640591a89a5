//! Mails that bring no case: of people who ask, and of machines.

use super::mail::Mail;

/// Somebody is out of office.
pub(super) fn robot(n: u64) -> Mail {
    Mail {
        from: format!("office@u{n}.example"),
        name: "办公室".into(),
        subject: "自动回复：收到来信".into(),
        text: "您好，我正在外出，回来后尽快回复。".into(),
        fields: vec![("Auto-Submitted", "auto-replied")],
        ..Mail::default()
    }
}

/// A mail came back.
pub(super) fn bounce(n: u64) -> Mail {
    Mail {
        from: format!("MAILER-DAEMON@u{n}.example"),
        name: "Mail Delivery System".into(),
        subject: "退信：无法投递".into(),
        text: "系统退信：收件人地址不存在。".into(),
        fields: vec![("Return-Path", "<>"), ("Auto-Submitted", "auto-replied")],
        ..Mail::default()
    }
}

/// A list that nobody answers.
pub(super) fn newsletter(n: u64) -> Mail {
    Mail {
        from: format!("news@n{n}.example"),
        name: "行业资讯".into(),
        subject: "本周行业资讯".into(),
        text: "本期要闻。退订请回复。".into(),
        fields: vec![("List-Unsubscribe", "<mailto:off@news.example>"), ("Precedence", "bulk")],
        ..Mail::default()
    }
}

/// Somebody asks.
pub(super) fn inquiry(n: u64) -> Mail {
    Mail {
        from: format!("office@q{n}.example"),
        name: "办公室".into(),
        subject: "咨询案例征集事宜".into(),
        text: "请问一个单位可以报送几件案例？谢谢。".into(),
        ..Mail::default()
    }
}
