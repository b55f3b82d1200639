//! Writes every sample page to a folder, with the assets beside it, for looking at without a server:
//! `cargo run -p web --features demo --example gallery -- <folder>`.

use std::path::Path;
use web::gallery;
use web::page::Renderer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder to write to")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let renderer = Renderer::load()?;
    for address in gallery::addresses()? {
        let (path, lang) = address.split_once("?lang=").ok_or("an address without a language")?;
        let (page, name) = path.split_once('/').ok_or("an address without a sample")?;
        let html = gallery::sample(&renderer, page, name, lang.parse()?).ok_or("a sample that is not there")??;
        std::fs::write(folder.join(format!("{page}--{name}.{lang}.html")), html)?;
    }
    Ok(())
}
