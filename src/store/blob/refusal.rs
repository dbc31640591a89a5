//! What a bucket's server, or the way to it, answers instead of a blob: told apart by the status and the code of its answer
//! (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), with what to do.

use super::BlobError;
use crate::config::ConfigError;
use object_store::{
    Error,
    client::{HttpError, HttpErrorKind},
};
use std::error::Error as _;

/// The most characters of a server's words that are kept.
const MOST: usize = 300;

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The secret key can't be fetched.
    Secret,
    /// No connection, or none that is trusted.
    Unreachable,
    /// No answer within the time, or one that was cut off.
    Silent,
    /// The server is overloaded or in trouble itself.
    Busy,
    /// The server doesn't know the key, or the secret is another.
    Key,
    /// The key may not do that.
    Forbidden,
    /// No such bucket.
    NoBucket,
    /// The clocks differ by more than a signature allows.
    Clock,
    /// The bucket is of another region, or has another address.
    Elsewhere,
    /// The bucket has no more room.
    Full,
    /// Anything else.
    Other,
}

impl Trouble {
    /// In words.
    pub fn what(self) -> &'static str {
        match self {
            Trouble::Secret => "的密钥取不到",
            Trouble::Unreachable => "连接不上",
            Trouble::Silent => "没有在限定时间内答复完整",
            Trouble::Busy => "暂时不能服务",
            Trouble::Key => "不认这个密钥",
            Trouble::Forbidden => "不许这样做",
            Trouble::NoBucket => "没有这个存储桶",
            Trouble::Clock => "与本机的时间相差太大",
            Trouble::Elsewhere => "不在所写的地址或区域",
            Trouble::Full => "已满",
            Trouble::Other => "没有按预期答复",
        }
    }

    /// What to do.
    pub fn advice(self) -> &'static str {
        match self {
            Trouble::Secret => "请核对 [blobs] 的密钥来源",
            Trouble::Unreachable => "请核对 [blobs] 的 endpoint，检查网络、证书和存储服务，恢复后自动继续",
            Trouble::Silent => "请检查网络和存储服务，恢复后自动继续",
            Trouble::Busy => "请检查存储服务，恢复后自动继续",
            Trouble::Key => "请核对 [blobs] 的 access_key 和密钥，改好后一分钟内自动重试",
            Trouble::Forbidden => "请给这个密钥读、写、删除该存储桶中对象的权限，并能列出对象",
            Trouble::NoBucket => "请先建好存储桶，或改正 [blobs] 的 url",
            Trouble::Clock => "请校准本机时钟（如启用 NTP）",
            Trouble::Elsewhere => "请核对 [blobs] 的 endpoint、region 和 addressing（path 或 host）",
            Trouble::Full => "请扩容或清理存储桶，之后自动继续",
            Trouble::Other => "请核对 [blobs] 一节，并查看存储服务的日志",
        }
    }
}

/// The error for people.
pub(super) fn refused(place: &str, error: &Error) -> BlobError {
    let told = error.to_string();
    let code = code(&told);
    let trouble = trouble(error, code, &told);
    let detail = match (trouble, code) {
        (_, Some(code)) => code.to_owned(),
        (_, None) => innermost(error),
    };
    BlobError::Bucket { place: place.to_owned(), trouble, detail: detail.chars().take(MOST).collect() }
}

/// Whether the server said that there is no such object, and not that there is no such bucket. A HEAD has no words.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && code(&error.to_string()) != Some("NoSuchBucket")
}

/// Whether the server doesn't know `If-None-Match` with a PUT.
pub(super) fn knows_no_condition(error: &Error) -> bool {
    matches!(error, Error::NotImplemented { .. }) || code(&error.to_string()) == Some("NotImplemented")
}

fn trouble(error: &Error, code: Option<&str>, told: &str) -> Trouble {
    match code {
        Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthorizationHeaderMalformed" | "InvalidToken" | "ExpiredToken") => {
            return Trouble::Key;
        }
        Some("RequestTimeTooSkewed") => return Trouble::Clock,
        Some("NoSuchBucket") => return Trouble::NoBucket,
        Some("PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException") => return Trouble::Elsewhere,
        Some("QuotaExceeded" | "InsufficientStorage" | "XMinioStorageFull" | "EntityTooLarge") => return Trouble::Full,
        Some("SlowDown" | "InternalError" | "ServiceUnavailable" | "RequestTimeout") => return Trouble::Busy,
        Some(_) | None => {}
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<ConfigError>() {
            return Trouble::Secret;
        }
        if let Some(http) = inner.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Connect => Trouble::Unreachable,
                _ => Trouble::Silent,
            };
        }
        cause = inner.source();
    }
    match error {
        Error::PermissionDenied { .. } => Trouble::Forbidden,
        Error::Unauthenticated { .. } => Trouble::Key,
        Error::NotFound { .. } => Trouble::NoBucket,
        _ if told.contains("status code: 507") => Trouble::Full,
        _ if told.contains("status code: 5") || told.contains("status code: 429") => Trouble::Busy,
        _ if told.contains("status code: 3") || told.contains("redirect") => Trouble::Elsewhere,
        _ => Trouble::Other,
    }
}

/// The code of an answer in XML. Its message is left out: it may repeat what was signed.
fn code(told: &str) -> Option<&str> {
    let (_, rest) = told.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    (!code.is_empty() && code.len() < 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(code)
}

/// What went wrong in the end, which the errors around it only introduce.
fn innermost(error: &Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(body: &str) -> Error {
        let source = format!("Server returned non-2xx status code: 403 Forbidden: {body}");
        Error::PermissionDenied { path: "p".into(), source: source.into() }
    }

    #[test]
    fn what_stands_in_the_way_is_told_apart_and_what_was_signed_is_not_repeated() {
        let of = |error: &Error| match refused("s3://b", error) {
            BlobError::Bucket { trouble, detail, .. } => (trouble, detail),
            other => panic!("{other}"),
        };
        let signed = "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>AWS4-HMAC-SHA256 geheim</StringToSign></Error>";
        assert_eq!(of(&denied(signed)), (Trouble::Key, "SignatureDoesNotMatch".into()));
        assert_eq!(of(&denied("<Error><Code>AccessDenied</Code></Error>")).0, Trouble::Forbidden);
        assert_eq!(of(&denied("<Code>RequestTimeTooSkewed</Code>")).0, Trouble::Clock);
        let not_found = |body: &str| Error::NotFound { path: "p".into(), source: body.to_owned().into() };
        assert!(is_missing(&not_found("<Code>NoSuchKey</Code>")) && !is_missing(&not_found("<Code>NoSuchBucket</Code>")));
        assert_eq!(of(&not_found("<Code>NoSuchBucket</Code>")).0, Trouble::NoBucket);
        let generic = |words: &str| Error::Generic { store: "S3", source: words.to_owned().into() };
        assert_eq!(of(&generic("status code: 503 Service Unavailable: ")).0, Trouble::Busy);
        assert_eq!(of(&generic("status code: 507 Insufficient Storage: ")).0, Trouble::Full);
        assert_eq!(of(&generic("status code: 301 Moved Permanently: ")).0, Trouble::Elsewhere);
        let secret = Error::Generic { store: "S3", source: Box::new(ConfigError::one("密码文件 x：没有这个文件。")) };
        assert_eq!(of(&secret), (Trouble::Secret, "密码文件 x：没有这个文件。".into()));
        assert!(knows_no_condition(&generic("501: <Code>NotImplemented</Code>")) && !knows_no_condition(&generic("500")));
    }
}
