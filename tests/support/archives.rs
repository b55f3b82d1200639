//! Files that a scanner must not call clean, built when they are needed: nothing here is a threat as it lies in the repository.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

const MIB: usize = 1024 * 1024;

/// The EICAR test file, put together only now: written plainly, scanners would remove this file.
pub fn eicar() -> Vec<u8> {
    let reversed = r"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X";
    reversed.chars().rev().collect::<String>().into_bytes()
}

/// Something packed, by name.
struct Member {
    name: String,
    packed: Vec<u8>,
    size: usize,
    checksum: u32,
}

fn member(name: &str, bytes: &[u8]) -> Member {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(bytes).expect("memory");
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    Member { name: name.to_owned(), packed: deflate.finish().expect("memory"), size: bytes.len(), checksum: sum.sum() }
}

fn zip_of(members: &[Member], flags: u16) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let mut head = vec![20, 0];
        head.extend(flags.to_le_bytes());
        head.extend([8, 0, 0, 0, 0x21, 0x5b]);
        head.extend(member.checksum.to_le_bytes());
        head.extend((member.packed.len() as u32).to_le_bytes());
        head.extend((member.size as u32).to_le_bytes());
        head.extend((member.name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend((zip.len() as u32).to_le_bytes());
        directory.extend(member.name.bytes());
        zip.extend(b"PK\x03\x04");
        zip.extend(&head);
        zip.extend(member.name.bytes());
        zip.extend(&member.packed);
    }
    let at = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend((members.len() as u16).to_le_bytes());
    zip.extend((members.len() as u16).to_le_bytes());
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(at.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// A zip with one file in it.
pub fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    zip_of(&[member(name, bytes)], 0)
}

/// Like [`zip`], and locked: marked as encrypted, its bytes are nonsense to everybody.
pub fn locked_zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut member = member(name, bytes);
    member.packed = member.packed.iter().map(|byte| byte ^ 0xA5).collect();
    zip_of(&[member], 1)
}

/// Zips in zips, so many around the bytes.
pub fn nested(depth: usize, bytes: &[u8]) -> Vec<u8> {
    (1..depth).fold(zip("inner.txt", bytes), |inner, _| zip("inner.zip", &inner))
}

/// A zip of many files, each of so many zeros, with checksums that do not fit: some megabytes that would become gigabytes.
pub fn bomb(entries: u16, zeros: usize) -> Vec<u8> {
    let Member { packed, size, .. } = member("", &vec![0; zeros]);
    let each = |n| Member { name: format!("../{n:04}.txt"), packed: packed.clone(), size, checksum: 0 };
    zip_of(&(0..entries).map(each).collect::<Vec<_>>(), 0)
}

/// A zip of one file with so many zeros (in MiB) and EICAR behind them.
pub fn behind_zeros(mib: usize) -> Vec<u8> {
    zip("long.txt", &[vec![0; mib * MIB], eicar()].concat())
}

/// A Word document with a macro that runs when it is opened; it would show a word.
pub fn document_with_a_macro() -> Vec<u8> {
    let types = b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    zip_of(&[member("[Content_Types].xml", types), member("word/document.xml", b"<w/>"), member("word/vbaProject.bin", &project())], 0)
}

/// The macro project: a compound file ([MS-CFB]) with the streams that [MS-OVBA] asks for.
pub fn project() -> Vec<u8> {
    let code = b"Attribute VB_Name = \"Module1\"\r\nSub AutoOpen()\r\nMsgBox \"hello\"\r\nEnd Sub\r\n";
    compound([("dir", literal(&directory())), ("Module1", literal(code)), ("_VBA_PROJECT", b"\xcc\x61\xff\xff\0\0\0".to_vec())])
}

/// [MS-OVBA] 2.4.1: a compressed container that uses literal tokens alone.
fn literal(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    for chunk in bytes.chunks(3640) {
        let body: Vec<u8> = chunk.chunks(8).flat_map(|eight| [&[0], eight].concat()).collect();
        out.extend(((body.len() as u16 - 1) | 0xB000).to_le_bytes());
        out.extend(body);
    }
    out
}

/// [MS-OVBA] 2.3.4.2: the records of a project with one module.
fn directory() -> Vec<u8> {
    let mut out = Vec::new();
    let mut record = |id: u16, data: &[u8]| {
        out.extend(id.to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
    };
    let name: Vec<u8> = "Module1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (id, data) in [(0x01, &[1_u8, 0, 0, 0][..]), (0x02, &[9, 4, 0, 0]), (0x14, &[9, 4, 0, 0]), (0x03, &[0xe4, 4]), (0x04, b"Project")] {
        record(id, data);
    }
    for (id, data) in [(0x05, &b""[..]), (0x40, b""), (0x06, b""), (0x3d, b""), (0x07, &[0; 4]), (0x08, &[0; 4])] {
        record(id, data);
    }
    // The version has two bytes more than its length says.
    record(0x09, &[1, 0, 0, 0]);
    out.extend([1, 0]);
    let mut record = |id: u16, data: &[u8]| {
        out.extend(id.to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
    };
    for (id, data) in [(0x0c, &b""[..]), (0x3c, b""), (0x0f, &[1, 0]), (0x13, &[0xff, 0xff]), (0x19, b"Module1"), (0x47, &name)] {
        record(id, data);
    }
    for (id, data) in [(0x1a, &b"Module1"[..]), (0x32, &name), (0x1c, b""), (0x48, b""), (0x31, &[0; 4]), (0x1e, &[0; 4])] {
        record(id, data);
    }
    for (id, data) in [(0x2c, &[0xff_u8, 0xff][..]), (0x21, b""), (0x2b, b""), (0x10, b"")] {
        record(id, data);
    }
    out
}

const FREE: u32 = 0xffff_ffff;
const END: u32 = 0xffff_fffe;

/// [MS-CFB]: a table of sectors, two sectors of names, then the streams. Each is long enough (4096 bytes) to have sectors of its own.
fn compound(streams: [(&str, Vec<u8>); 3]) -> Vec<u8> {
    let (mut sectors, mut data, mut names) = (vec![0xffff_fffd, 2, END], Vec::new(), Vec::new());
    names.extend(entry("Root Entry", 5, [FREE, FREE, 1], END, 0));
    names.extend(entry("VBA", 1, [FREE, FREE, 3], 0, 0));
    for (n, (name, mut bytes)) in streams.into_iter().enumerate() {
        bytes.resize(bytes.len().max(4096).next_multiple_of(512), 0);
        let (first, many) = (sectors.len() as u32, (bytes.len() / 512) as u32);
        sectors.extend(first + 1..first + many);
        sectors.push(END);
        let around = if n == 1 { [2, 4, FREE] } else { [FREE; 3] };
        names.extend(entry(name, 2, around, first, bytes.len() as u32));
        data.extend(bytes);
    }
    names.resize(1024, 0);
    let mut table: Vec<u8> = sectors.iter().flat_map(|n| n.to_le_bytes()).collect();
    table.resize(512, 0xff);
    let mut out = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 16], &[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0], &[0; 6]].concat();
    for word in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        out.extend(u32::to_le_bytes(word));
    }
    out.resize(512, 0xff);
    [out, table, names, data].concat()
}

/// A name in a compound file: what it is (1 a folder, 2 a stream, 5 the root), its neighbours and child, where it begins, how long it is.
fn entry(name: &str, what: u8, around: [u32; 3], first: u32, bytes: u32) -> Vec<u8> {
    let mut out: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = out.len() as u16 + 2;
    out.resize(64, 0);
    out.extend(length.to_le_bytes());
    out.extend([what, 1]);
    out.extend(around.iter().flat_map(|n| n.to_le_bytes()));
    out.extend([0; 36]);
    out.extend(first.to_le_bytes());
    out.extend(u64::from(bytes).to_le_bytes());
    out
}
