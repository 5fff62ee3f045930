//! Extended MKCOL (RFC 5689). A plain one is refused: davbox keeps no files.

use hyper::StatusCode;

use super::{Method, Reads, Run, Running, XML_BOUND};
use crate::dav::creation::{self, By};
use crate::dav::precondition::Refusal;
use crate::dav::privilege::Privilege;
use crate::dav::resource::On;
use crate::xml::name;

pub const MKCOL: Method = Method {
    name: "MKCOL",
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
            && !root.is(name::DAV, "mkcol")
        {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body of MKCOL is a DAV:mkcol element.",
            ));
        }
        creation::make(&request, root, By::Mkcol).await
    })
}
