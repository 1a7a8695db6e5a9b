//! `matrix`: with which requests each kind of `SameSite` travels, as the jar decides.

use std::time::SystemTime;

use cookies::{Context, Jar, Uri};

fn main() -> anyhow::Result<()> {
    let bank = Uri::parse("https://bank.example/")?;
    let (own, evil) =
        (Uri::parse("https://www.bank.example/")?, Uri::parse("https://evil.example/")?);
    println!("{:<15}{:>8}{:>8}{:>8}{:>8}", "", "Strict", "Lax", "absent", "None");
    for (page, from) in [("typed", None), ("own", Some(&own)), ("other", Some(&evil))] {
        let requests = match from {
            None => vec![("address", Context::direct(&bank))],
            Some(from) => vec![
                ("link", Context::navigation(&bank, from)),
                ("form", Context::navigation(&bank, from).with_unsafe_method()),
                ("image", Context::subresource(&bank, &[from])),
                ("fetch", Context::subresource(&bank, &[from]).with_unsafe_method()),
            ],
        };
        for (what, request) in requests {
            print!("{:<15}", format!("{page} {what}"));
            for attribute in ["; SameSite=Strict", "; SameSite=Lax", "", "; SameSite=None"] {
                print!("{:>8}", if travels(attribute, &bank, &request)? { "sent" } else { "-" });
            }
            println!();
        }
    }
    Ok(())
}

/// Whether a cookie that the bank has set goes with a request to it.
fn travels(attribute: &str, bank: &Uri, request: &Context<'_>) -> anyhow::Result<bool> {
    let (mut jar, now) = (Jar::default(), SystemTime::now());
    let field = format!("id=7; Path=/; Secure{attribute}");
    jar.store(&Context::direct(bank), field.as_bytes(), now)?;
    Ok(jar.cookie_field(request, now).is_some())
}
