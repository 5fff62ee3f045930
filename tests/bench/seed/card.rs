//! Cards: vCard 3.0 and 4.0 in turn, 5 % with a 20 KB photo.

use super::{Dice, Lines, Object, base64};

const GIVEN: [&str; 12] = [
    "Anna", "Jörg", "Mária", "Tom", "Zoë", "Sven", "Aiko", "Luís", "Ruth", "Igor", "Noor", "Emil",
];
const FAMILY: [&str; 12] = [
    "Müller", "Smith", "García", "Tanaka", "Kowalska", "O'Neill", "Öztürk", "Rossi", "Dubois",
    "Berg", "Novák", "Lind",
];

pub fn card(number: usize) -> Object {
    let mut dice = Dice::of(2, number);
    let uid = dice.uuid();
    let four = number % 2 == 1;
    let given = dice.pick(&GIVEN);
    let family = dice.pick(&FAMILY);
    let mail = dice.below(1_000_000);

    let mut lines = Lines::default();
    lines.line("BEGIN:VCARD");
    lines.line(if four { "VERSION:4.0" } else { "VERSION:3.0" });
    lines.line("PRODID:-//davbox//bench seed//EN");
    lines.line(if four {
        format!("UID:urn:uuid:{uid}")
    } else {
        format!("UID:{uid}")
    });
    lines.line(format!("FN:{given} {family} {number}"));
    lines.line(format!("N:{family};{given};;;"));
    lines.line(format!("ORG:{};{}", dice.prose(2), dice.prose(1)));
    lines.line(format!("TITLE:{}", dice.prose(2)));
    let (voice, mobile) = (dice.below(10_000_000), dice.below(100_000_000));
    if four {
        lines.line(format!(
            "TEL;VALUE=uri;TYPE=\"voice,home\":tel:+49-30-{voice:07}"
        ));
        lines.line(format!(
            "TEL;VALUE=uri;TYPE=cell;PREF=1:tel:+49-151-{mobile:08}"
        ));
        lines.line(format!("EMAIL;TYPE=home;PREF=1:person{mail}@example.org"));
        lines.line(format!("EMAIL;TYPE=work:p{mail}@company.example"));
    } else {
        lines.line(format!("TEL;TYPE=HOME,VOICE:+49 30 {voice:07}"));
        lines.line(format!("TEL;TYPE=CELL,PREF:+49 151 {mobile:08}"));
        lines.line(format!(
            "EMAIL;TYPE=INTERNET,HOME,PREF:person{mail}@example.org"
        ));
        lines.line(format!("EMAIL;TYPE=INTERNET,WORK:p{mail}@company.example"));
    }
    let (street, house, code) = (dice.prose(1), dice.below(200), dice.below(1000));
    lines.line(format!(
        "ADR;TYPE=home:;;{street} {house};Berlin;;10{code:03};Germany"
    ));
    let (year, month, day) = (
        1940 + dice.below(70),
        1 + dice.below(12),
        1 + dice.below(28),
    );
    lines.line(if four {
        format!("BDAY:{year}{month:02}{day:02}")
    } else {
        format!("BDAY:{year}-{month:02}-{day:02}")
    });
    lines.line(format!("NOTE:{}", dice.prose(20)));
    lines.line("CATEGORIES:Friends,Work");
    lines.line(format!("X-DAVBOX-BENCH;X-KIND=custom:{}", dice.uuid()));
    if dice.chance(5) {
        let photo = base64(&photo(&mut dice));
        lines.line(if four {
            format!("PHOTO:data:image/jpeg;base64,{photo}")
        } else {
            format!("PHOTO;ENCODING=b;TYPE=JPEG:{photo}")
        });
    }
    lines.line("REV:20250102T030405Z");
    lines.line("END:VCARD");
    Object {
        name: format!("{uid}.vcf"),
        text: lines.finish(),
    }
}

/// 20 KB that begin like a JPEG and, like one, do not compress.
fn photo(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01".to_vec();
    while bytes.len() < 20 * 1024 {
        bytes.extend_from_slice(&dice.next().to_le_bytes());
    }
    bytes
}
