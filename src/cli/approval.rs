//! What takes two persons: how the first is told to wait, and who is refused.

use super::{Failure, actor};
use crate::app::App;
use crate::model::audit::Act;
use crate::store::Approval;
use serde_json::Value;

/// Why an act that takes two persons is refused to a login.
pub const NOT_IN_ROSTER: &str =
    "须两人确认的操作只能由名册中的协调员进行，而您的登录名不在名册的“协调员”表中；请用 zhihui roster import 补上";

/// Whether names and numbers may go out in full: only when two persons want those of the same `subject`. Says how to go
/// on where it waits for the second, or why not. The detail goes into the audit log when it is granted.
pub async fn of_contacts(app: &App, subject: &str, detail: &Value, reason: Option<&str>) -> Result<bool, Failure> {
    match app.store.approve(Act::ContactsExported, subject, detail, &actor::by(app, reason)).await? {
        Approval::Granted => Ok(true),
        Approval::Proposed => {
            eprintln!("写全姓名和电话须两人确认：已记下您的提议，没有写出；请另一位协调员在7天内运行同样的命令");
            Ok(false)
        }
        Approval::SamePerson => Err(Failure::failed("须由另一人确认：这一提议是您自己提出的")),
        Approval::NotInRoster => Err(Failure::failed(NOT_IN_ROSTER)),
    }
}
