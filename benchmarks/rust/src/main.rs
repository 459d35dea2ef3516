//! The demo as Rust's Rocket serves it: what `benchmarks/` compares with.

#[macro_use]
extern crate rocket;

#[get("/")]
fn index() -> &'static str {
    "This is a dummy landing page for our Rocket web server.\n\nTry /api/hello?name=YOUR_NAME\n"
}

#[get("/hello?<name>&<occupation>")]
fn hello(name: &str, occupation: Option<&str>) -> String {
    match occupation {
        Some(occupation) => format!("Hello {name}, you are a {occupation}.\n"),
        None => format!(
            "Hello {name}! You can also provide your occupation as a query parameter.\n"
        ),
    }
}

#[launch]
fn launch() -> _ {
    rocket::build().mount("/", routes![index]).mount("/api", routes![hello])
}
