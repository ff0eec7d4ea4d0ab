//! Compiles the `.proto` files to Rust without needing `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let names = ["envelope", "commands", "decisions", "signals"]
        .map(|name| format!("roomnight/v1/{name}.proto"));
    let files = protox::compile(names, ["proto"])?;
    prost_build::Config::new().bytes(["Envelope.body"]).compile_fds(files)?;
    Ok(())
}
