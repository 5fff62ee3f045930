use super::*;
use crate::text::corpus::{self, Chance};

/// The lines between VERSION and END, unfolded.
fn lines(card: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(card).unwrap().replace("\r\n ", "");
    let lines = text.lines().map(str::to_owned);
    lines
        .filter(|l| {
            !["BEGIN:", "END:VCARD", "VERSION:"]
                .iter()
                .any(|s| l.starts_with(s))
        })
        .collect()
}

fn card(version: Version, lines: &str) -> String {
    let version = version.name();
    format!("BEGIN:VCARD\nVERSION:{version}\nUID:urn:x:1\nN:B;A;;;\nFN:A B\n{lines}\nEND:VCARD\n")
}

fn to(version: Version, given: &str) -> Vec<String> {
    let other = match version {
        Version::V40 => Version::V30,
        _ => Version::V40,
    };
    let converted = convert(card(other, given).as_bytes(), version)
        .unwrap()
        .unwrap();
    let lines = lines(&converted);
    let rest = lines.strip_prefix(&["UID:urn:x:1", "N:B;A;;;", "FN:A B"].map(str::to_owned));
    rest.unwrap_or(&lines).to_vec()
}

#[track_caller]
fn both_ways(three: &str, four: &str) {
    assert_eq!(to(Version::V40, three), four.lines().collect::<Vec<_>>());
    assert_eq!(to(Version::V30, four), three.lines().collect::<Vec<_>>());
}

#[track_caller]
fn only_to(version: Version, given: &str, expected: &str) {
    assert_eq!(to(version, given), expected.lines().collect::<Vec<_>>());
}

#[test]
fn what_both_say_alike_stays() {
    both_ways(
        "NICKNAME:a,b\nX-ABC-123;X-P=\"a;b\":x\\;y\nitem1.EMAIL;TYPE=work:a@example.org\n\
         item1.X-ABLabel:_$!<Work>!$_\nNOTE;LANGUAGE=de:a\\nb\\, c\nCATEGORIES:A,B\n\
         RELATED;TYPE=friend:urn:uuid:2\nLANG:de\nCLASS:PUBLIC\nIMPP:xmpp:a@example.org",
        "NICKNAME:a,b\nX-ABC-123;X-P=\"a;b\":x\\;y\nitem1.EMAIL;TYPE=work:a@example.org\n\
         item1.X-ABLabel:_$!<Work>!$_\nNOTE;LANGUAGE=de:a\\nb\\, c\nCATEGORIES:A,B\n\
         RELATED;TYPE=friend:urn:uuid:2\nLANG:de\nCLASS:PUBLIC\nIMPP:xmpp:a@example.org",
    );
}

#[test]
fn preference() {
    both_ways(
        "TEL;TYPE=home,pref:1\nTEL;TYPE=work:2",
        "TEL;TYPE=home;PREF=1:1\nTEL;TYPE=work:2",
    );
    // Only the best is preferred in 3.0; the others say it for who reads 4.0.
    both_ways(
        "EMAIL;X-PREF=20:b@example.org\nEMAIL;TYPE=pref:a@example.org\nTEL;TYPE=pref:1",
        "EMAIL;PREF=20:b@example.org\nEMAIL;PREF=1:a@example.org\nTEL;PREF=1:1",
    );
    only_to(
        Version::V30,
        "TEL;PREF=7;TYPE=\"voice,home\":1",
        "TEL;TYPE=voice,home,pref:1",
    );
    only_to(
        Version::V40,
        "EMAIL;type=INTERNET;type=WORK;type=pref:a\nTEL;HOME;VOICE:1",
        "EMAIL;TYPE=WORK;PREF=1:a\nTEL;TYPE=HOME,VOICE:1",
    );
}

#[test]
fn photos_and_keys() {
    both_ways(
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\nLOGO;VALUE=uri;TYPE=PNG:http://example.org/a.png\n\
         KEY;ENCODING=b;TYPE=PGP:mQENBF==\nKEY:plain\\, text\nSOUND;VALUE=uri:CID:a@b",
        "PHOTO:data:image/jpeg;base64,/9j/4AAQ\nLOGO;MEDIATYPE=image/png:http://example.org/a.png\n\
         KEY:data:application/pgp-keys;base64,mQENBF==\nKEY;VALUE=text:plain\\, text\nSOUND:CID:a@b",
    );
    only_to(
        Version::V40,
        "PHOTO;ENCODING=BASE64;TYPE=image/gif:R0lG\nPHOTO;BASE64;X-ABCROP-RECTANGLE=1:iVBORw0KGgo\n\
         PHOTO:data:image/jpeg;base64\\,/9j/\nPHOTO;VALUE=uri;TYPE=jpg;TYPE=work:https\\://a/\\,b",
        "PHOTO:data:image/gif;base64,R0lG\n\
         PHOTO;X-ABCROP-RECTANGLE=1:data:image/png;base64,iVBORw0KGgo\n\
         PHOTO:data:image/jpeg;base64,/9j/\nPHOTO;TYPE=work;MEDIATYPE=image/jpeg:https://a/,b",
    );
    only_to(
        Version::V30,
        "PHOTO:data:image/jpeg;base64\\,/9j/\nPHOTO:data:text/plain,a%20b\n\
         PHOTO;PREF=1:data:;base64,AAAA\nPHOTO;ENCODING=b:AAAA",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/\nPHOTO;VALUE=uri:data:text/plain,a%20b\n\
         PHOTO;TYPE=pref;ENCODING=b:AAAA\nPHOTO;ENCODING=b:AAAA",
    );
}

#[test]
fn days() {
    both_ways(
        "BDAY:1996-04-15\nREV:1995-10-31T22:27:10Z\nitem1.X-ABDATE:2012-06-30\n\
         item1.X-ABLabel:_$!<Anniversary>!$_",
        "BDAY:19960415\nREV:19951031T222710Z\nitem1.ANNIVERSARY:20120630\n\
         item1.X-ABLabel:_$!<Anniversary>!$_",
    );
    both_ways("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", "BDAY:--0415");
    both_ways(
        "BDAY;VALUE=date-time:1953-10-15T23:10:00Z",
        "BDAY:19531015T231000Z",
    );
    // What 3.0 cannot say waits under another name.
    both_ways(
        "X-BDAY:1985\nX-ANNIVERSARY;VALUE=text:circa 1800",
        "BDAY:1985\nANNIVERSARY;VALUE=text:circa 1800",
    );
    only_to(Version::V40, "BDAY:tomorrow", "BDAY;VALUE=text:tomorrow");
    only_to(
        Version::V40,
        "REV:2025-04-05T06:07:08Z(12)\nX-EVOLUTION-ANNIVERSARY:1999-09-09\nX-ANNIVERSARY:2000-01-01\n\
         X-ABDATE:2001-01-01",
        "X-REV:2025-04-05T06:07:08Z(12)\nANNIVERSARY:19990909\nX-ANNIVERSARY:2000-01-01\n\
         X-ABDATE:2001-01-01",
    );
    only_to(
        Version::V30,
        "item7.NOTE:x\nANNIVERSARY:20090808T1430-0500\nX-REV:2025-04-05T06:07:08Z(12)",
        "item7.NOTE:x\nitem8.X-ABDATE;VALUE=date-time:2009-08-08T14:30:00-05:00\n\
         item8.X-ABLabel:_$!<Anniversary>!$_\nREV:2025-04-05T06:07:08Z(12)",
    );
}

#[test]
fn places() {
    both_ways("GEO:37.386013;-122.082932", "GEO:geo:37.386013,-122.082932");
    both_ways("TZ:-05:00", "TZ;VALUE=utc-offset:-0500");
    both_ways(
        "TZ;VALUE=text:Raleigh/North America",
        "TZ:Raleigh/North America",
    );
    both_ways(
        "ADR;TYPE=work:;;Holzweg 7;Esslingen;;73728;\nLABEL;TYPE=work:Holzweg 7\\n\"73728\"\\, DE",
        "ADR;TYPE=work;LABEL=\"Holzweg 7^n^'73728^', DE\":;;Holzweg 7;Esslingen;;73728;",
    );
    // A label that belongs to no address makes one; it is a label again in 3.0.
    both_ways("LABEL;TYPE=home:There", "ADR;TYPE=home;LABEL=There:;;;;;;");
    only_to(
        Version::V40,
        "LABEL;TYPE=WORK:one\nitem1.LABEL:two\nADR;TYPE=work,pref:;;1;;;;\nADR;TYPE=work:;;2;;;;\n\
         item1.ADR:;;3;;;;\nADR;TYPE=home:;;4;;;;\nLABEL;TYPE=work:three",
        "ADR;TYPE=work;PREF=1;LABEL=one:;;1;;;;\nADR;TYPE=work;LABEL=three:;;2;;;;\n\
         item1.ADR;LABEL=two:;;3;;;;\nADR;TYPE=home:;;4;;;;",
    );
    only_to(
        Version::V30,
        "ADR;LABEL=\"a\\nb\":;;1;;;;",
        "ADR:;;1;;;;\nLABEL:a\\nb",
    );
    only_to(Version::V30, "GEO:geo:1,2,3;u=4", "X-GEO:geo:1,2,3;u=4");
}

#[test]
fn groups_of_people_and_companies() {
    both_ways(
        "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2",
        "KIND:group\nMEMBER:urn:uuid:2",
    );
    both_ways("X-ABShowAs:COMPANY", "KIND:org");
    only_to(Version::V30, "KIND:individual", "KIND:individual");
}

#[test]
fn people() {
    both_ways("X-GENDER:Male", "GENDER:M");
    both_ways("X-GENDER:O;it's complicated", "GENDER:O;it's complicated");
    both_ways("X-GENDER:grrr", "GENDER:;grrr");
    both_ways(
        "item1.X-ABRELATEDNAMES:Jörg\nitem1.X-ABLabel:_$!<Spouse>!$_",
        "item1.RELATED;VALUE=text;TYPE=spouse:Jörg\nitem1.X-ABLabel:_$!<Spouse>!$_",
    );
    // The label says more than the type, and stays.
    both_ways(
        "item1.X-ABRELATEDNAMES:Eva\nitem1.X-ABLabel:_$!<Mother>!$_",
        "item1.RELATED;VALUE=text;TYPE=parent:Eva\nitem1.X-ABLabel:_$!<Mother>!$_",
    );
    only_to(
        Version::V30,
        "RELATED;TYPE=friend;VALUE=text:Otto",
        "item1.X-ABRELATEDNAMES:Otto\nitem1.X-ABLabel:_$!<Friend>!$_",
    );
    only_to(
        Version::V40,
        "X-JABBER;TYPE=HOME:a@example.org\nIMPP;X-SERVICE-TYPE=AIM:aim:bob\nX-AIM:bob\nX-ICQ:a b",
        "IMPP;TYPE=HOME;X-SERVICE-TYPE=Jabber:xmpp:a@example.org\nIMPP;X-SERVICE-TYPE=AIM:aim:bob\n\
         X-AIM:bob\nX-ICQ:a b",
    );
    both_ways("AGENT;VALUE=uri:CID:a@b", "RELATED;TYPE=agent:CID:a@b");
    both_ways(
        "AGENT:BEGIN:VCARD\\nFN:S\\nEND:VCARD\\n",
        "X-AGENT:BEGIN:VCARD\\nFN:S\\nEND:VCARD\\n",
    );
    only_to(
        Version::V40,
        "AGENT:\nBEGIN:VCARD\nFN:S, T\nEND:VCARD",
        "X-AGENT:BEGIN:VCARD\\nFN:S\\, T\\nEND:VCARD\\n",
    );
    only_to(
        Version::V30,
        "TEL;VALUE=uri;TYPE=\"voice,work\":tel:+1-555-555-5555;ext=5555\nTEL;VALUE=TEXT:0151 1",
        "TEL;TYPE=voice,work:+1-555-555-5555\\;ext=5555\nTEL:0151 1",
    );
}

#[test]
fn parameters_of_4_wait_in_3() {
    both_ways(
        "EMAIL;X-PID=4.1,5.1;X-ALTID=1:a@b\nX-CLIENTPIDMAP:1;urn:uuid:5\nORG;X-SORT-AS=ABC:ABC\\, Inc.",
        "EMAIL;PID=4.1,5.1;ALTID=1:a@b\nCLIENTPIDMAP:1;urn:uuid:5\nORG;SORT-AS=ABC:ABC\\, Inc.",
    );
}

#[test]
fn names() {
    let of = |to: Version, lines: &str| -> Vec<String> {
        let version = if to == Version::V30 { "4.0" } else { "3.0" };
        let text = format!("BEGIN:VCARD\r\n{lines}\nVERSION:{version}\nEND:VCARD");
        let converted = convert(text.as_bytes(), to).unwrap().unwrap();
        let start = format!("BEGIN:VCARD\r\nVERSION:{}\r\n", to.name());
        assert!(converted.starts_with(start.as_bytes()));
        self::lines(&converted)
    };
    assert_eq!(
        of(Version::V40, "N:Doe;J.,Q.;;Dr.;"),
        ["FN:Dr. J. Q. Doe", "N:Doe;J.,Q.;;Dr.;"]
    );
    assert_eq!(
        of(Version::V40, "N:;;;;\nORG:A\\, B;C"),
        ["FN:A\\, B", "N:;;;;", "ORG:A\\, B;C"]
    );
    assert_eq!(of(Version::V30, "FN:A; B"), ["FN:A; B", "N:A\\; B;;;;"]);
    assert_eq!(of(Version::V30, "TEL:1"), ["FN:1", "N:1;;;;", "TEL:1"]);
    let both = [
        "N;X-ALTID=1:A;;;;",
        "X-N;X-ALTID=1;LANGUAGE=jp:B;;;;",
        "FN:A",
    ];
    assert_eq!(
        of(
            Version::V30,
            "N;ALTID=1:A;;;;\nN;ALTID=1;LANGUAGE=jp:B;;;;\nFN:A"
        ),
        both
    );
    let sorted = "N;SORT-AS=\"Harten,Rene\":van der Harten;Rene;;;\nFN:R";
    let sorted_in_3 = [
        "N:van der Harten;Rene;;;",
        "SORT-STRING:Harten\\,Rene",
        "FN:R",
    ];
    assert_eq!(of(Version::V30, sorted), sorted_in_3);
    assert_eq!(
        of(Version::V40, &sorted_in_3.join("\n")),
        sorted.lines().collect::<Vec<_>>()
    );
    assert_eq!(of(Version::V40, "UID:abc\nFN:x")[0], "UID;VALUE=text:abc");
    assert_eq!(
        of(Version::V30, "UID;VALUE=text:abc\nN:x\nFN:x")[0],
        "UID:abc"
    );
}

#[test]
fn what_is_not_converted() {
    for (version, to) in [
        ("2.1", Version::V40),
        ("2.1", Version::V30),
        ("4.0", Version::V40),
    ] {
        let text = format!("BEGIN:VCARD\nVERSION:{version}\nFN:a\nEND:VCARD");
        assert_eq!(convert(text.as_bytes(), to), Ok(None));
    }
    assert!(convert(b"BEGIN:VCARD", Version::V40).is_err());
}

#[test]
fn quoted_printable_is_no_more() {
    only_to(
        Version::V40,
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:eins=0D=0Azw=C3=B6lf=00=EF=BF=BE",
        "NOTE:eins\\nzwölf",
    );
}

/// Both ways and back: what a client that speaks the other version gives back is the same card.
#[test]
fn the_corpus_survives_the_other_version() {
    let mut converted = 0;
    for (name, bytes) in corpus::files("vcard") {
        let (here, there) = match crate::contact::read(&bytes).unwrap().version {
            Version::V30 => (Version::V30, Version::V40),
            Version::V40 => (Version::V40, Version::V30),
            Version::V21 => continue,
        };
        let once = convert(&bytes, there).unwrap().unwrap();
        let (before, after) = (
            crate::contact::read(&bytes).unwrap(),
            crate::contact::read(&once).unwrap_or_else(|invalid| panic!("{name}: {invalid}")),
        );
        assert_eq!(
            (before.uid, before.group),
            (after.uid, after.group),
            "{name}"
        );
        assert!(
            once.split(|b| *b == b'\n').all(|line| line.len() <= 76),
            "{name}"
        );
        let back = convert(&once, here).unwrap().unwrap();
        let (_, original) = read(&bytes).unwrap();
        let (_, returned) = read(&back).unwrap();
        for property in original {
            let kept = returned.iter().any(|other| {
                other.is(&property.name)
                    && other
                        .value
                        .replace('-', "")
                        .contains(&property.value.replace('-', ""))
            });
            // What is said in another way: a date, a telephone number, a photo.
            let otherwise = [
                "X-EVOLUTION-ANNIVERSARY",
                "X-KADDRESSBOOK-X-Anniversary",
                "LABEL",
            ]
            .iter()
            .any(|name| property.is(name))
                || property.value.contains("tel:")
                || property.value.contains("base64\\,")
                || property.value.contains("https\\:")
                || property.value.starts_with("20090808T1430");
            assert!(kept || otherwise, "{name}: {property:?}");
        }
        // Once more changes nothing.
        let again = convert(&convert(&back, there).unwrap().unwrap(), here)
            .unwrap()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&again),
            String::from_utf8_lossy(&back),
            "{name}"
        );
        converted += 1;
    }
    assert!(converted >= 10);
}

#[test]
fn damage_does_no_harm() {
    let mut chance = Chance(0x0C0B_7E27);
    let mut converted = 0;
    for (_, bytes) in corpus::files("vcard") {
        for _ in 0..400 {
            let bytes = chance.damage(&bytes);
            if crate::contact::read(&bytes).is_err() {
                continue;
            }
            for to in [Version::V30, Version::V40] {
                if let Ok(Some(card)) = convert(&bytes, to) {
                    let read = crate::contact::read(&card);
                    assert!(read.is_ok(), "{read:?} {}", String::from_utf8_lossy(&card));
                    converted += 1;
                }
            }
        }
    }
    assert!(converted > 500, "{converted}");
}

/// A card that was made to keep a server busy.
#[test]
fn a_card_of_many_lines_takes_no_long_time() {
    let many = |line: &str| line.repeat(30_000);
    let three = many("LABEL;TYPE=work:x\nADR;TYPE=home:;;;;;;\nSORT-STRING:a\n");
    let four = many("RELATED;VALUE=text;TYPE=friend:x\nEMAIL;PREF=3:a\nN:x\n");
    let start = std::time::Instant::now();
    assert!(!to(Version::V40, &three).is_empty() && !to(Version::V30, &four).is_empty());
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
