//! Two databases behind one body: a query's text stands once, and an enum carries it to SQLite or PostgreSQL.
//!
//! Values are 63-bit integers and text, nothing else, so that both databases hold and answer the same. U+0000, which
//! PostgreSQL can't hold, is taken out of every text here, at the door. Every writing transaction passes a kill point
//! before and after its commit, and nowhere else.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Decode, Encode, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction, Type};

use super::error::{Error, Result, is_contention};
use super::writer::{SqliteTx, Writer};
use crate::domain::{Id, Timestamp};

/// One of the two databases.
#[derive(Clone, Debug)]
pub(super) enum Db {
    Sqlite { pool: SqlitePool, writer: Writer },
    Postgres { pool: PgPool },
}

/// A value of a query: an integer or a text, or NULL of either.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

/// The values of `$1`, `$2`, … in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Value::from($value)),*] };
}
pub(super) use args;

/// One row of an answer.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// How often a claim asks again when another worker took the rows that it had found.
const CLAIM_TRIES: usize = 4;

impl super::Store {
    /// Runs a claim: a statement that takes rows and returns them.
    ///
    /// Two PostgreSQL claims that find the same rows wait for each other; the later one then gets none, or is told of a
    /// deadlock. Both mean: ask again.
    pub(super) async fn claim(&self, name: &'static str, sql: &str, args: Vec<Value>) -> Result<Vec<Row>> {
        let mut tries = 1;
        loop {
            let rows = self.claim_once(name, sql, args.clone()).await;
            match (&rows, &self.db) {
                (Ok(found), Db::Postgres { .. }) if found.is_empty() && tries < CLAIM_TRIES => {}
                (Err(Error::Database(error)), _) if tries < CLAIM_TRIES && is_contention(error) => {}
                _ => return rows,
            }
            tries += 1;
        }
    }

    async fn claim_once(&self, name: &'static str, sql: &str, args: Vec<Value>) -> Result<Vec<Row>> {
        let mut tx = self.db.begin(name).await?;
        let rows = tx.rows(sql, args).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

/// A writing transaction. Dropped without [`Tx::commit`] it leaves nothing behind.
pub(super) struct Tx {
    name: &'static str,
    inner: Inner,
    /// Rows that it writes.
    rows: u64,
    /// Pages that their texts fill, about.
    pages: u64,
}

/// Rows that are written together lie on fewer pages: those of a feed side by side.
pub(super) const ROWS_OF_A_PAGE: u64 = 4;

enum Inner {
    Sqlite(SqliteTx),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Begins a writing transaction; `name` is what its kill points are called.
    ///
    /// On SQLite it takes the write lock at once: a transaction that reads first and writes later fails where another
    /// wrote in between.
    pub async fn begin(&self, name: &'static str) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.begin().await?),
            Self::Postgres { pool } => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx { name, inner, rows: 0, pages: 0 })
    }

    /// Reads rows outside of any transaction.
    pub async fn rows(&self, sql: impl Into<String>, args: Vec<Value>) -> Result<Vec<Row>> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite { pool, .. } => sqlite(sql, args)?.fetch_all(pool).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres { pool } => postgres(sql, args)?.fetch_all(pool).await?.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// Reads the first row, if there is one.
    pub async fn row(&self, sql: impl Into<String>, args: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }
}

impl Tx {
    /// Runs a statement; the number of rows that it changed.
    pub async fn run(&mut self, sql: impl Into<String>, args: Vec<Value>) -> Result<u64> {
        let (sql, pages) = (sql.into(), pages(&args));
        let changed = match &mut self.inner {
            Inner::Sqlite(tx) => sqlite(sql, args)?.execute(tx.connection()).await?.rows_affected(),
            Inner::Postgres(tx) => postgres(sql, args)?.execute(&mut **tx).await?.rows_affected(),
        };
        self.rows += changed;
        self.pages += pages;
        Ok(changed)
    }

    /// Runs a statement that answers with rows.
    pub async fn rows(&mut self, sql: impl Into<String>, args: Vec<Value>) -> Result<Vec<Row>> {
        let sql = sql.into();
        let rows: Vec<Row> = match &mut self.inner {
            Inner::Sqlite(tx) => sqlite(sql, args)?.fetch_all(tx.connection()).await?.into_iter().map(Row::Sqlite).collect(),
            Inner::Postgres(tx) => postgres(sql, args)?.fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect(),
        };
        // those of claims are written, and they are most
        self.rows += rows.len() as u64;
        Ok(rows)
    }

    /// The first row of the answer, if there is one.
    pub async fn row(&mut self, sql: impl Into<String>, args: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// It is on a SQLite file.
    pub fn is_file(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(SqliteTx::Own(_)))
    }

    /// It is on PostgreSQL, where others write while it is open.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// Makes it lasting.
    pub async fn commit(self) -> Result<()> {
        door("before", self.name);
        match self.inner {
            Inner::Sqlite(tx) => tx.commit(self.pages + self.rows.div_ceil(ROWS_OF_A_PAGE)).await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        door("after", self.name);
        Ok(())
    }
}

/// Longer statements are those of many rows, seldom as many twice; a connection keeps a hundred, and one of 3,000 values is large.
const LONGEST_KEPT: usize = 5_000;

fn sqlite(sql: String, args: Vec<Value>) -> Result<Query<'static, Sqlite, SqliteArguments>> {
    let (sql, kept) = statement(unnamed(sql));
    Ok(sqlx::query_with(sql, arguments::<SqliteArguments>(args)?).persistent(kept))
}

fn postgres(sql: String, args: Vec<Value>) -> Result<Query<'static, Postgres, PgArguments>> {
    let (sql, kept) = statement(sql);
    Ok(sqlx::query_with(sql, arguments::<PgArguments>(args)?).persistent(kept))
}

/// A statement, and whether the connection keeps it prepared.
fn statement(sql: String) -> (AssertSqlSafe<String>, bool) {
    let kept = sql.len() <= LONGEST_KEPT;
    (AssertSqlSafe(sql), kept)
}

/// `?` for `$1`, `$2`, …, where each stands once and in order. SQLite keeps the names of named values in a list, and looks each of
/// them up in it from its beginning: once when it prepares the statement, and once whenever a value is given to it.
fn unnamed(sql: String) -> String {
    let mut text = String::with_capacity(sql.len());
    let (mut rest, mut number) = (sql.as_str(), 0);
    while let Some(at) = rest.find(['$', '\'']) {
        let (before, value) = rest.split_at(at);
        let digits = value[1..].bytes().take_while(u8::is_ascii_digit).count();
        number += 1;
        // a literal may hold anything
        if value.starts_with('\'') || value[1..=digits].parse() != Ok(number) {
            return sql;
        }
        text.push_str(before);
        text.push('?');
        rest = &value[1 + digits..];
    }
    text.push_str(rest);
    text
}

/// The one kill point of this room: on both sides of every commit.
fn door(side: &str, name: &str) {
    if cfg!(feature = "killpoints") {
        crate::killpoints::pass(&format!("store {side} {name}"));
    }
}

/// Of 4 KB, that the texts among these fill.
fn pages(args: &[Value]) -> u64 {
    let length = |value: &Value| if let Value::Text(Some(text)) = value { text.len() } else { 0 };
    args.iter().map(length).sum::<usize>() as u64 / 4_096
}

fn arguments<A: Arguments>(values: Vec<Value>) -> Result<A>
where
    for<'v> Option<i64>: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Option<String>: Encode<'v, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl Row {
    fn get<'r, T>(&'r self, column: &'static str) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// An integer that is there.
    pub fn int(&self, column: &'static str) -> Result<i64> {
        self.get(column)
    }

    /// An integer or NULL.
    pub fn int_or_null(&self, column: &'static str) -> Result<Option<i64>> {
        self.get(column)
    }

    /// A text that is there.
    pub fn text(&self, column: &'static str) -> Result<String> {
        self.get(column)
    }

    /// A text or NULL.
    pub fn text_or_null(&self, column: &'static str) -> Result<Option<String>> {
        self.get(column)
    }

    /// Bytes that are there.
    pub fn bytes(&self, column: &'static str) -> Result<Vec<u8>> {
        self.get(column)
    }

    /// A row's id.
    pub fn id(&self, column: &'static str) -> Result<Id> {
        Ok(Id::from_i64(self.int(column)?))
    }

    /// A row's id or NULL.
    pub fn id_or_null(&self, column: &'static str) -> Result<Option<Id>> {
        Ok(self.int_or_null(column)?.map(Id::from_i64))
    }

    /// A moment.
    pub fn time(&self, column: &'static str) -> Result<Timestamp> {
        Ok(Timestamp::from_unix(self.int(column)?))
    }

    /// A moment or NULL.
    pub fn time_or_null(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.int_or_null(column)?.map(Timestamp::from_unix))
    }

    /// 0 or 1.
    pub fn flag(&self, column: &'static str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A count that is never below zero.
    pub fn count(&self, column: &'static str) -> Result<u32> {
        Ok(u32::try_from(self.int(column)?).unwrap_or(0))
    }

    /// A WordPress id or NULL.
    pub fn number_or_null(&self, column: &'static str) -> Result<Option<u64>> {
        Ok(self.int_or_null(column)?.and_then(|number| u64::try_from(number).ok()))
    }

    /// JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        read_json(column, &self.text(column)?)
    }

    /// JSON or NULL.
    pub fn json_or_null<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>> {
        self.text_or_null(column)?.map(|text| read_json(column, &text)).transpose()
    }

    /// A word of an enum, as its serde names say.
    pub fn word<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        self.word_or_null(column)?.ok_or_else(|| strange(column, "NULL", "a word was expected"))
    }

    /// A word of an enum or NULL.
    pub fn word_or_null<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>> {
        let read = |text: String| {
            T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(&text)).map_err(|e| strange(column, &text, e))
        };
        self.text_or_null(column)?.map(read).transpose()
    }
}

fn read_json<T: serde::de::DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| strange(column, text, error))
}

pub(super) fn strange(column: &'static str, value: &str, cause: impl std::fmt::Display) -> Error {
    Error::Strange { column, value: value.chars().take(80).collect(), cause: cause.to_string() }
}

/// A value as JSON text, without U+0000 in any text of it.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    const INVARIANT: &str = "the nouns are plain data with text keys";
    let text = serde_json::to_string(value).expect(INVARIANT);
    if !text.contains("\\u0000") {
        return text;
    }
    let mut value = serde_json::to_value(value).expect(INVARIANT);
    strip(&mut value);
    value.to_string()
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = storable(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(strip),
        _ => {}
    }
}

/// An enum's word, as its serde names say.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a unit variant serialises as its name, not as {other:?}"),
    }
}

/// `$first, $first+1, …`: placeholders for `count` values.
pub(super) fn list(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    push_list(&mut text, first, count);
    text
}

/// `($1, $2), ($3, $4), …`: placeholders for `rows` rows of `width` values.
pub(super) fn tuples(rows: usize, width: usize) -> String {
    let mut text = String::with_capacity(rows * (width * 6 + 4));
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        push_list(&mut text, 1 + row * width, width);
        text.push(')');
    }
    text
}

/// Rows in portions of 1, 2, 4, 8, … up to `most` (a power of two): there are few different statements to prepare and to keep.
pub(super) fn portions<T>(rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = (1 << rest.len().checked_ilog2()?).min(most);
        let (portion, left) = rest.split_at(size);
        rest = left;
        Some(portion)
    })
}

fn push_list(text: &mut String, first: usize, count: usize) {
    use std::fmt::Write as _;
    for number in first..first + count {
        let between = if number == first { "" } else { ", " };
        write!(text, "{between}${number}").expect("a text takes all that is written to it");
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).ok())
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        Self::Int(value.and_then(|value| i64::try_from(value).ok()))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Id> for Value {
    fn from(value: Id) -> Self {
        Self::Int(Some(value.to_i64()))
    }
}

impl From<Option<Id>> for Value {
    fn from(value: Option<Id>) -> Self {
        Self::Int(value.map(Id::to_i64))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.unix()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::unix))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(storable(value)))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(if value.contains('\0') { storable(&value) } else { value }))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(storable))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

/// Without U+0000.
fn storable(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lose_their_names_where_their_order_says_as_much_and_rows_come_in_few_sizes() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT $1, $2 WHERE a = $3", "SELECT ?, ? WHERE a = ?"),
            ("SELECT $2, $1", "SELECT $2, $1"),
            ("SELECT $1, $1", "SELECT $1, $1"),
            ("SELECT 'a $1' WHERE a = $1", "SELECT 'a $1' WHERE a = $1"),
            ("SELECT $1 || $", "SELECT $1 || $"),
        ] {
            assert_eq!(unnamed(sql.to_owned()), expected);
        }
        let sizes = |rows: usize| portions(&vec![0; rows], 4).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!((sizes(0), sizes(1), sizes(7), sizes(11)), (vec![], vec![1], vec![4, 2, 1], vec![4, 4, 2, 1]));
        assert_eq!((list(3, 2).as_str(), tuples(2, 2).as_str(), list(1, 0).as_str()), ("$3, $4", "($1, $2), ($3, $4)", ""));
    }
}
