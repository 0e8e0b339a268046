// What rustc prints: slices, enums with data, traits, panics, threads, collections, 128-bit integers.
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{atomic::{AtomicU64, Ordering}, Arc, Mutex};
use std::thread;

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Number(f64),
    Variable(String),
    Sum(Box<Expression>, Box<Expression>),
    Product(Vec<Expression>),
}

trait Evaluate {
    fn evaluate(&self, names: &HashMap<String, f64>) -> Result<f64, String>;
    fn size(&self) -> usize { 1 }
}

impl Evaluate for Expression {
    fn evaluate(&self, names: &HashMap<String, f64>) -> Result<f64, String> {
        match self {
            Expression::Number(x) => Ok(*x),
            Expression::Variable(name) => names.get(name).copied().ok_or_else(|| format!("no {name}")),
            Expression::Sum(a, b) => Ok(a.evaluate(names)? + b.evaluate(names)?),
            Expression::Product(all) => all.iter().map(|e| e.evaluate(names)).product(),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Number(x) => write!(out, "{x:.3}"),
            other => write!(out, "{other:?}"),
        }
    }
}

static COUNTER: AtomicU64 = AtomicU64::new(0);
thread_local! { static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) }; }

fn norm(x: &[f32]) -> f32 { x.iter().zip(x.iter().rev()).map(|(a, b)| a * b).sum::<f32>().sqrt() }
fn wide(a: u128, b: i128) -> Option<u128> { a.checked_mul(b.unsigned_abs())?.checked_add(1 << 100) }

fn main() {
    let mut names = HashMap::new();
    names.insert("x".to_string(), std::env::args().count() as f64);
    let e = Expression::Sum(
        Box::new(Expression::Number(1.5)),
        Box::new(Expression::Product(vec![Expression::Variable("x".into()), Expression::Number(2.0)])),
    );
    let shared = Arc::new(Mutex::new(BTreeMap::new()));
    let threads: Vec<_> = (0..4).map(|i| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || {
            COUNTER.fetch_add(i, Ordering::SeqCst);
            DEPTH.with(|d| d.set(d.get() + 1));
            shared.lock().unwrap().insert(i, norm(&[i as f32, 2.0, 3.0]));
        })
    }).collect();
    for t in threads { t.join().unwrap(); }
    let boxed: Vec<Box<dyn Evaluate>> = vec![Box::new(e.clone())];
    let caught = std::panic::catch_unwind(|| wide(3, -4).unwrap());
    println!("{e} {:?} {:?} {:?} {}", boxed[0].evaluate(&names), shared, caught, boxed[0].size());
    std::process::exit((COUNTER.load(Ordering::Relaxed) & 1) as i32);
}
