//! Month names in some thirty languages.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The beginnings of the twelve names, January first, as far as all the forms of a name share them; other forms after a `/`.
/// English first: of two languages that use one word for different months, the one before is believed.
const LANGUAGES: [&str; 35] = [
    "january february march april may june july august september october november december",
    // German, Austrian
    "januar/jänner/jaenner februar/feber märz/maerz/mrz april mai juni juli august septem oktober novem dezem",
    // French
    "janvier février mars avril mai juin juillet août septem octobre novem décem",
    // Spanish, Catalan
    "enero/gener febrer marzo/març abril mayo/maig junio/juny julio/juliol agosto/agost septiem/setiem/setem octub noviem diciem/desem",
    // Italian
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settem ottobre novem dicem",
    // Portuguese
    "janeiro fevereiro março abril maio junho julho agosto setem outubro novem dezem",
    // Dutch
    "januari februari maart/mrt april mei juni juli augustus septem oktober novem decem",
    // Swedish, Danish, Norwegian, Icelandic
    "januari/janúar februari/febrúar mars/marts april/apríl maj/maí juni/júní juli/júlí augusti/ágúst septem oktober/október novem/nóvem decem/desem",
    // Finnish
    "tammik helmik maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk",
    // Estonian
    "jaanuar veebruar märts aprill mai juuni juuli august septem oktoober novem detsem",
    // Latvian
    "janvār februār marts aprīl maij jūnij jūlij august septem oktobr novem decem",
    // Lithuanian
    "sausi vasari kov baland geguž birž liep rugpj rugs spal lapkr gruod",
    // Polish
    "stycz/stycznia lut marzec/marca/marz kwie/kwietnia maj czerw lip sierp/sierpnia wrze/września paźdz listopad grud/grudnia",
    // Czech
    "leden/ledna únor březen/března/břez duben/dubna květ červen/června/čvn červenec/července/čvc srpen/srpna září říjen/října listopad prosin",
    // Slovak, Slovenian
    "január február marec/marca apríl máj/maj jún/junij júl/julij august/avgust septem október/oktober novem decem",
    // Hungarian (and as some software misspells it)
    "január febru márc ápr máj/máuj jún júl aug szept okt nov dec",
    // Romanian
    "ianuar februar marti apr mai iuni iuli august septem octom noiem decem",
    // Turkish
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    // Indonesian, Malay
    "januari/jan februari maret/mac april mei juni/jun juli/julai agustus/ogos septem oktober novem desem/disem",
    // Russian
    "январ феврал март апрел май/мая июн июл август сентябр октябр ноябр декабр",
    // Ukrainian
    "січ/січня лют/лютого берез квіт трав черв лип/липня серп верес жовт листопад груд",
    // Bulgarian, Serbian, Macedonian
    "януар/јануар февруар/фебруар март април май/мај юни/јун/јуни юли/јул/јули август/авг септем октом ноем/нов декем/децем",
    // Serbian, Bosnian in Latin letters
    "januar februar mart april maj jun jul avgust septem oktobar novem decem",
    // Greek (and as one wrote them for years)
    "ιανουαρ φεβρουαρ μαρτ/μαω απριλ μαι/μαιου ιουν/ιον ιουλ/ιολ αυγουστ σεπτεμβρ οκτωβρ νοεμβρ δεκεμβρ",
    // Hebrew
    "ינואר/בינואר פברואר/בפברואר מרץ/במרץ אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר",
    // Arabic
    "يناير فبراير مارس أبريل/ابريل/إبريل مايو يونيو/يونيه يوليو/يوليه أغسطس/اغسطس سبتمبر أكتوبر/اكتوبر نوفمبر ديسمبر",
    // Arabic of the Levant, and of the Maghreb
    "جانفي فيفري آذار نيسان أيار/ماي حزيران/جوان تموز/جويلية آب/أوت أيلول أكتوبر نوفمبر ديسمبر",
    // Hindi
    "जनवरी फरवरी/फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर",
    // Bengali
    "জানুয়ারি/জানুয়ারী ফেব্রুয়ারি/ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট/আগষ্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    // Thai
    "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    // Chinese and Japanese in numerals of words
    "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
    // Persian, of the Gregorian year
    "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    // Welsh
    "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr",
    // Galician
    "xaneiro febreiro marzo abril maio xuño xullo agosto setem outubro novem decem",
    // Basque
    "urtarril otsail martxo apiril maiatz ekain uztail abuztu irail urri azaro abendu",
];

/// The month of a name in any of the languages, whole, inflected or cut to three letters and more.
pub(super) fn month(name: &str) -> Option<u32> {
    let name = folded(name);
    let length = name.chars().count();
    // of two names the longer is meant: Czech `červen` is June, `červenec` July
    let whole = NAMES.iter().filter(|(stem, _)| name.starts_with(stem.as_str())).max_by_key(|(stem, _)| stem.len());
    let cut = || NAMES.iter().find(|(stem, _)| length >= 3 && stem.starts_with(name.as_str()));
    whole.filter(|(stem, _)| stem.chars().count() >= 2).or_else(cut).map(|(_, month)| *month)
}

static NAMES: LazyLock<Vec<(String, u32)>> = LazyLock::new(|| {
    let months = LANGUAGES.iter().flat_map(|language| (1..).zip(language.split(' ')));
    months.flat_map(|(month, names)| names.split('/').map(move |name| (folded(name), month))).collect()
});

/// In lower case, without accents.
pub(super) fn folded(word: &str) -> String {
    word.nfd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)).collect()
}
