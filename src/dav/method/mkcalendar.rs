//! MKCALENDAR (RFC 4791 section 5.3.1).

use hyper::StatusCode;

use super::{Method, Reads, Run, Running, XML_BOUND};
use crate::dav::creation::{self, By};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::resource::On;
use crate::xml::name;

pub const MKCALENDAR: Method = Method {
    name: "MKCALENDAR",
    on: On::FREE_COLLECTION,
    needs: Privilege::Bind,
    reads: Reads::Xml(XML_BOUND),
    judges_itself: true,
    run: Run::Later(run),
};

fn run(request: crate::dav::request::Request) -> Running {
    Box::pin(async move {
        let root = request.xml_or_unsupported()?;
        if let Some(root) = &root
            && !root.is(name::CALDAV, "mkcalendar")
        {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body of MKCALENDAR is a CALDAV:mkcalendar element.",
            ));
        }
        creation::make(&request, root, By::Mkcalendar).await
    })
}
