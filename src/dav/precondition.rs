//! Every DAV:error element with its status and section, and every mapping from a refusal to what
//! the client sees.

use hyper::StatusCode;
use hyper::header::{ALLOW, RETRY_AFTER};

use super::on::On;
use super::privilege::Privilege;
use crate::http::Answer;
use crate::http::depth::BadDepth;
use crate::http::href::BadPath;
use crate::http::media::XML;
use crate::http::upload;
use crate::xml::{self, Writer};
use crate::{calendar, contact, store};

/// An element of a DAV:error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// RFC 4918 section 16
    PropfindFiniteDepth,
    CannotModifyProtectedProperty,
    /// RFC 3744 section 7.1.1
    NeedPrivileges {
        href: String,
        privilege: &'static str,
    },
    /// RFC 3253 section 3.6
    SupportedReport,
    /// RFC 4331 section 6
    QuotaNotExceeded,
    /// RFC 4791 section 5.3.1.1
    ResourceMustBeNull,
    /// RFC 5689 section 3.3
    ValidResourcetype,
    /// RFC 6578 section 3.2
    ValidSyncToken,
    SyncTraversalSupported,
    /// RFC 6578 section 3.2, RFC 5323
    NumberOfMatchesWithinLimits,
    /// RFC 4791 sections 5.3.1.1, 5.3.2.1
    CalendarCollectionLocationOk,
    SupportedCalendarData,
    ValidCalendarData,
    ValidCalendarObjectResource,
    SupportedCalendarComponent,
    MaxResourceSizeOfCalendar,
    NoUidConflictInCalendar {
        href: String,
    },
    /// RFC 6352 section 6.3.2.1
    AddressbookCollectionLocationOk,
    SupportedAddressData,
    ValidAddressData,
    MaxResourceSizeOfAddressbook,
    NoUidConflictInAddressbook {
        href: String,
    },
    /// RFC 6638 section 9.2
    ValidScheduleDefaultCalendarUrl,
    /// RFC 7809 section 5.1
    ValidTimezone,
    /// RFC 4791 section 7.8
    ValidCalendarFilter,
    /// RFC 6352 section 8.6
    SupportedAddressbookFilter,
    SupportedAddressbookCollation,
    /// RFC 4791 section 7.8
    SupportedCalendarCollation,
    MinDateTime,
}

impl Precondition {
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Precondition::QuotaNotExceeded | Precondition::NumberOfMatchesWithinLimits => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// Writes the element.
    pub fn write(&self, out: &mut Writer) {
        match self {
            Precondition::NeedPrivileges { href, privilege } => {
                out.raw("<D:need-privileges><D:resource>");
                out.element("D:href", href);
                out.raw("<D:privilege>");
                out.empty(privilege);
                out.raw("</D:privilege></D:resource></D:need-privileges>");
            }
            Precondition::NoUidConflictInCalendar { href } => {
                out.open("C:no-uid-conflict");
                out.element("D:href", href);
                out.close("C:no-uid-conflict");
            }
            Precondition::NoUidConflictInAddressbook { href } => {
                out.open("CR:no-uid-conflict");
                out.element("D:href", href);
                out.close("CR:no-uid-conflict");
            }
            plain => out.empty(plain.tag()),
        }
    }

    fn tag(&self) -> &'static str {
        match self {
            Precondition::PropfindFiniteDepth => "D:propfind-finite-depth",
            Precondition::CannotModifyProtectedProperty => "D:cannot-modify-protected-property",
            Precondition::NeedPrivileges { .. } => "D:need-privileges",
            Precondition::SupportedReport => "D:supported-report",
            Precondition::QuotaNotExceeded => "D:quota-not-exceeded",
            Precondition::ResourceMustBeNull => "D:resource-must-be-null",
            Precondition::ValidResourcetype => "D:valid-resourcetype",
            Precondition::ValidSyncToken => "D:valid-sync-token",
            Precondition::SyncTraversalSupported => "D:sync-traversal-supported",
            Precondition::NumberOfMatchesWithinLimits => "D:number-of-matches-within-limits",
            Precondition::CalendarCollectionLocationOk => "C:calendar-collection-location-ok",
            Precondition::SupportedCalendarData => "C:supported-calendar-data",
            Precondition::ValidCalendarData => "C:valid-calendar-data",
            Precondition::ValidCalendarObjectResource => "C:valid-calendar-object-resource",
            Precondition::SupportedCalendarComponent => "C:supported-calendar-component",
            Precondition::MaxResourceSizeOfCalendar => "C:max-resource-size",
            Precondition::NoUidConflictInCalendar { .. } => "C:no-uid-conflict",
            Precondition::AddressbookCollectionLocationOk => {
                "CR:addressbook-collection-location-ok"
            }
            Precondition::SupportedAddressData => "CR:supported-address-data",
            Precondition::ValidAddressData => "CR:valid-address-data",
            Precondition::MaxResourceSizeOfAddressbook => "CR:max-resource-size",
            Precondition::NoUidConflictInAddressbook { .. } => "CR:no-uid-conflict",
            Precondition::ValidScheduleDefaultCalendarUrl => {
                "C:valid-schedule-default-calendar-URL"
            }
            Precondition::ValidTimezone => "C:valid-timezone",
            Precondition::ValidCalendarFilter => "C:valid-filter",
            Precondition::SupportedAddressbookFilter => "CR:supported-filter",
            Precondition::SupportedAddressbookCollation => "CR:supported-collation",
            Precondition::SupportedCalendarCollation => "C:supported-collation",
            Precondition::MinDateTime => "C:min-date-time",
        }
    }
}

/// Why a request is not done. `sentence` is for the client; `log` for us alone.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub precondition: Option<Precondition>,
    pub sentence: String,
    pub log: Option<String>,
    allow: Option<On>,
}

impl Refusal {
    #[must_use]
    pub fn new(status: StatusCode, sentence: impl Into<String>) -> Refusal {
        Refusal {
            status,
            precondition: None,
            sentence: sentence.into(),
            log: None,
            allow: None,
        }
    }

    #[must_use]
    pub fn bad_request(sentence: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, sentence)
    }

    #[must_use]
    pub fn forbidden(sentence: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, sentence)
    }

    #[must_use]
    pub fn not_found() -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "There is nothing here.")
    }

    #[must_use]
    pub fn conflict(sentence: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::CONFLICT, sentence)
    }

    #[must_use]
    pub fn failed_condition() -> Refusal {
        Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "It has changed since you last saw it, or is not in the state you expect.",
        )
    }

    #[must_use]
    pub fn not_allowed(on: On) -> Refusal {
        Refusal {
            allow: Some(on),
            ..Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "This cannot be done with what lies here.",
            )
        }
    }

    #[must_use]
    pub fn need(privilege: Privilege, href: String) -> Refusal {
        Precondition::NeedPrivileges {
            href,
            privilege: privilege.tag(),
        }
        .because("You have no right to do this here.")
    }

    /// What the client sees; `methods` names what such a resource has, for Allow.
    #[must_use]
    pub fn answer(self, methods: fn(On) -> String) -> Answer {
        let mut answer = match &self.precondition {
            Some(precondition) => {
                let mut out = Writer::default();
                out.begin("D:error");
                precondition.write(&mut out);
                if !self.sentence.is_empty() {
                    out.element("D:responsedescription", &self.sentence);
                }
                out.close("D:error");
                Answer::new(self.status).body(XML, out.into_bytes())
            }
            None => Answer::text(self.status, &self.sentence),
        };
        if let Some(on) = self.allow {
            answer = answer.header(ALLOW, &methods(on));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer = answer.header(RETRY_AFTER, "5");
        }
        answer
    }
}

impl Precondition {
    /// The refusal with a sentence that says what to do.
    #[must_use]
    pub fn because(self, sentence: impl Into<String>) -> Refusal {
        Refusal {
            precondition: Some(self.clone()),
            ..Refusal::new(self.status(), sentence)
        }
    }
}

impl From<BadPath> for Refusal {
    fn from(bad: BadPath) -> Refusal {
        match bad {
            BadPath::Encoding => Refusal::bad_request("The path is not percent-encoded UTF-8."),
            BadPath::Segment => {
                Refusal::bad_request("The path has a segment that cannot be a name.")
            }
            BadPath::TooLong => Refusal::new(StatusCode::URI_TOO_LONG, "The path is too long."),
        }
    }
}

impl From<BadDepth> for Refusal {
    fn from(_: BadDepth) -> Refusal {
        Refusal::bad_request("Depth is 0, 1 or infinity.")
    }
}

impl From<xml::Refused> for Refusal {
    fn from(refused: xml::Refused) -> Refusal {
        Refusal::bad_request(format!("The request cannot be read: {refused}."))
    }
}

impl From<upload::Failed> for Refusal {
    fn from(failed: upload::Failed) -> Refusal {
        match failed {
            upload::Failed::TooLarge => Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "This is larger than what can be taken here.",
            ),
            upload::Failed::TooSlow => Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "The request took too long to arrive.",
            ),
            upload::Failed::Broken => Refusal::bad_request("The request broke off."),
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Refusal {
        let (status, sentence) = match &error {
            store::Error::Full | store::Error::MapFull => (
                StatusCode::INSUFFICIENT_STORAGE,
                "There is no room left on this box. Delete something, or give it a larger disk.",
            ),
            store::Error::Closed => (
                StatusCode::SERVICE_UNAVAILABLE,
                "davbox is stopping. Try again in a moment.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong in davbox. Nothing was changed.",
            ),
        };
        Refusal {
            log: Some(error.to_string()),
            ..Refusal::new(status, sentence)
        }
    }
}

impl Refusal {
    /// A refusal of the store; `collection` is the path of the collection that was written to, and
    /// `contacts` says which of the twin preconditions it is.
    #[must_use]
    pub fn of_store(failure: store::Failure, collection: &str, contacts: bool) -> Refusal {
        use store::Refused;
        let refused = match failure {
            store::Failure::Error(error) => return error.into(),
            store::Failure::Refused(refused) => refused,
        };
        match refused {
            Refused::NoSuchObject | Refused::NoSuchPrincipal | Refused::NoSuchCredential => {
                Refusal::not_found()
            }
            Refused::NoSuchCollection => {
                Refusal::conflict("The collection this should go into does not exist.")
            }
            Refused::Conditional => Refusal::failed_condition(),
            Refused::UidTaken { name } => {
                let mut href = collection.to_owned();
                crate::http::href::push_segment(&mut href, &name);
                let sentence = "Another entry of this collection has the same UID.";
                if contacts {
                    Precondition::NoUidConflictInAddressbook { href }.because(sentence)
                } else {
                    Precondition::NoUidConflictInCalendar { href }.because(sentence)
                }
            }
            Refused::Component => Precondition::SupportedCalendarComponent
                .because("This calendar does not take entries of this kind."),
            Refused::NameTaken => {
                Precondition::ResourceMustBeNull.because("Something of this name exists already.")
            }
            Refused::Fixed => {
                Refusal::forbidden("This belongs to your account and stays as it is.")
            }
            Refused::OverQuota => {
                Precondition::QuotaNotExceeded.because("You have used all the space you have here.")
            }
            Refused::TooMany(sentence) => Refusal::new(StatusCode::INSUFFICIENT_STORAGE, sentence),
            Refused::PropertyName => Refusal::forbidden("The property's name is too long."),
        }
    }
}

impl From<calendar::Invalid> for Refusal {
    fn from(invalid: calendar::Invalid) -> Refusal {
        let precondition = match invalid.condition() {
            calendar::Condition::SupportedCalendarData => Precondition::SupportedCalendarData,
            calendar::Condition::ValidCalendarData => Precondition::ValidCalendarData,
            calendar::Condition::ValidCalendarObjectResource => {
                Precondition::ValidCalendarObjectResource
            }
        };
        precondition.because(invalid.to_string())
    }
}

impl From<contact::Invalid> for Refusal {
    fn from(invalid: contact::Invalid) -> Refusal {
        let precondition = match invalid.condition() {
            contact::Condition::SupportedAddressData => Precondition::SupportedAddressData,
            contact::Condition::ValidAddressData => Precondition::ValidAddressData,
        };
        precondition.because(invalid.to_string())
    }
}
