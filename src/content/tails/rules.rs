//! The rules by name, with their words.

use std::sync::OnceLock;

use regex::{RegexSet, RegexSetBuilder};

/// Where a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// On a block, wherever it stands.
    Anywhere,
    /// On the last blocks.
    End,
    /// On a short block and all below it, if that is no more than a form would be.
    Form,
    /// On a short block and all below it, if that is links.
    Links,
    /// On the first block.
    Start,
}

impl Where {
    /// In a person's words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anywhere => "anywhere",
            Self::End => "at the end",
            Self::Form => "with all below it",
            Self::Links => "with all below it, if that is links",
            Self::Start => "at the top",
        }
    }
}

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Tail {
    /// By which an operator keeps what it takes out.
    pub name: &'static str,
    /// What it takes out, in a sentence.
    pub says: &'static str,
    pub at: Where,
    /// Only where most of the block's words are links.
    pub links: bool,
    /// Regular expressions for the whole text of a block; empty for a rule that is more than words.
    pub words: &'static [&'static str],
}

/// The rule against a heading that repeats the title.
pub(super) const TITLE_AGAIN: &str = "title-again";

/// The rule against dots in the place of the rest.
pub(super) const CUT_OFF: &str = "cut-off";

/// The rule against links to other entries.
pub(super) const READ_ALSO: &str = "read-also";

/// The rule against links to the rest of an article.
pub(super) const READ_MORE: &str = "read-more";

/// What a link says that leads to the rest of an article.
pub(super) const MORE: &str = r"read more(?:\b.*)?|continue reading(?:\b.*)?|keep reading(?:\b.*)?|read (?:the )?(?:full|whole|rest|complete|original|entire)\b.*|(?:view|see|visit) (?:the )?(?:full|whole|original|complete|entire) (?:article|post|story|entry)|full (?:article|story|post)|learn more|find out more|more|click here to (?:read|continue)\b.*|weiterlesen(?:\b.*)?|mehr lesen|mehr erfahren|zum (?:ganzen |vollständigen )?artikel|ganzen artikel lesen|lire (?:la suite|plus)(?:\b.*)?|en savoir plus|lire l['’]article(?: complet)?|continuer la lecture(?:\b.*)?|leer m[aá]s(?:\b.*)?|seguir leyendo(?:\b.*)?|sigue leyendo(?:\b.*)?|continuar leyendo(?:\b.*)?|leggi (?:tutto|di più|l['’]articolo(?: completo)?)(?:\b.*)?|continua a leggere(?:\b.*)?|continua la lettura(?:\b.*)?|leia (?:mais|o artigo completo)(?:\b.*)?|continue (?:lendo|a ler)(?:\b.*)?|ler mais|saiba mais|lees (?:meer|verder)(?:\b.*)?|verder lezen|meer lezen|czytaj (?:dalej|więcej)(?:\b.*)?|читать (?:далее|дальше|полностью|ещё)(?:\b.*)?|подробнее|далее|читати далі(?:\b.*)?|läs (?:mer|vidare)(?:\b.*)?|fortsätt läsa(?:\b.*)?|læs (?:mere|videre)(?:\b.*)?|les (?:mer|videre)(?:\b.*)?|fortsett å lese(?:\b.*)?|lue lisää|jatka lukemista(?:\b.*)?|číst (?:dál|dále|více)|celý článek|čítať ďalej|olvass tovább|tovább(?: olvasom)?|citește mai (?:mult|departe)(?:\b.*)?|devamını oku(?:\b.*)?|διαβάστε περισσότερα|περισσότερα|続きを読む|もっと読む|阅读全文|閱讀全文|继续阅读|繼續閱讀|查看全文|계속 읽기|더 보기|더 읽기|đọc (?:tiếp|thêm)|baca selengkapnya|selengkapnya|اقرأ المزيد|إقرأ المزيد|קרא עוד|המשך קריאה|ادامه مطلب";

/// All rules, in the order in which they are asked.
pub const TAILS: [Tail; 18] = [
    Tail { name: TITLE_AGAIN, says: "a heading at the top that repeats the title", at: Where::Start, links: false, words: &[] },
    Tail {
        name: "appeared-first",
        says: "what WordPress puts under each entry: `The post … appeared first on …`",
        at: Where::Anywhere,
        links: false,
        words: &[
            r"the (?:post|article|entry) .+ (?:first appeared|appeared first|was first published) (?:on|at|in) .+",
            r"this (?:post|article|entry) .*?(?:first appeared|appeared first|was first published) (?:on|at|in) .+",
            r"der (?:beitrag|artikel) .+ (?:erschien|ist) zuerst (?:erschienen )?(?:auf|bei|in) .+",
            r"(?:cet article|l['’]article|l['’]articolo|le billet) .*(?:est apparu en premier|a été publié en premier|est apparu d['’]abord|proviene da|sembra essere il primo|è apparso per primo) .+",
            r"(?:la entrada|el cargo|el artículo|la publicación) .+ (?:se publicó primero|apareció primero|aparece primero|se publicó por primera vez) en .+",
            r"o (?:post|artigo|conteúdo) .+ (?:apareceu|aparece|foi publicado) primeiro (?:em|no|na) .+",
            r"het bericht .+ (?:verscheen eerst op|is als eerste verschenen op|was eerst te zien op) .+",
            r"(?:artykuł|post|wpis) .+ (?:pochodzi z serwisu|pojawił się po ?raz pierwszy|pojawił się najpierw) .+",
            r"(?:сообщение|запись) .+ (?:появились сначала на|впервые появилась|впервые опубликована) .+",
            r"(?:inlägget|indlægget|innlegget) .+ (?:dök först upp|blev først (?:udgivet|vist)|dukket først opp|först publicerades) .+",
            r"(?:artikkeli|příspěvek|príspevok|článok|a bejegyzés|articolul) .+ (?:julkaistiin ensin|julkaistiin ensimmäisen kerran|se nejdříve objevil na|zobrazený najskôr|először|apare prima dată|apare prima dată în) .+",
            r".+ yazısı ilk önce .+",
            r"(?:το άρθρο|η δημοσίευση) .+ εμφανίστηκε πρώτα .+",
            r"投稿 ?.+ ?は ?.+ ?に最初に表示されました",
            r"[《〈].+[》〉](?:這篇文章|这篇文章)?(?:最先出现在|最先出現於|最早发布于|最早發佈於|首先出现在).+",
            r".+ 게시물이 .+에 처음 등장했습니다",
            r"(?:artikel|pos) .+ pertama kali tampil (?:pada|di) .+",
            r"(?:bài viết|bài) .+ đã xuất hiện đầu tiên (?:vào ngày|trên) .+",
            r"(?:ظهرت المقالة|ظهر المقال) .+ أولاً على .+",
            r"הפוסט .+ הופיע לראשונה (?:ב|על).+",
            r"نوشته .+ اولین بار در .+",
        ],
    },
    Tail {
        name: READ_MORE,
        says: "`Read more` and its like: as a paragraph anywhere, as a link at the end, also of a quote",
        at: Where::Anywhere,
        links: false,
        words: &[
            r"(?:\[?(?:…|\.\.\.)\]?\s*)?(?:read more|continue reading|keep reading|read the full (?:story|article|post)|read full (?:story|article|post)|view (?:the )?(?:full|original) (?:article|post|story)|click here to read more|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leggi tutto|continua a leggere|leia mais|continue lendo|lees meer|lees verder|czytaj dalej|czytaj więcej|читать далее|читать дальше|читати далі|läs mer|læs mere|les mer|lue lisää|číst dál|čítať ďalej|olvass tovább|citește mai mult|devamını oku|διαβάστε περισσότερα|続きを読む|阅读全文|閱讀全文|继续阅读|繼續閱讀|계속 읽기|더 보기|đọc tiếp|baca selengkapnya|اقرأ المزيد|קרא עוד)",
            r"to (?:read|view|see) (?:this|the) .*\b(?:click|tap) here",
        ],
    },
    Tail {
        name: "shortcode",
        says: "what a plugin of its source would have put something in the place of: `[contact-form]`, `[caption id=\"…\"]`",
        at: Where::Anywhere,
        links: false,
        words: &[
            r#"\[/?[a-z][\w-]*(?: +[\w-]+ ?= ?["'“”″][^\[\]]*)\]?"#,
            r"\[/?(?:[a-z]+[-_][\w-]+|gallery|caption|embed|playlist|toc|ads?|adsense)\]",
        ],
    },
    Tail {
        name: "share",
        says: "what stands above or for buttons that share: `Share this:`, `Like this: Loading…`",
        at: Where::Anywhere,
        links: false,
        words: &[
            r"(?:share|like|tweet|pin|email|print) (?:this|it)(?: (?:post|article|story|entry|page|on|via|with)(?: .+)?)?",
            r"(?:please )?share(?: (?:on|via) (?:facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|email|telegram)(?:[ ,|/·]|and|facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|email|telegram)*)?",
            r"(?:like this:? ?)?(?:like )?loading(?:…|\.\.\.)",
            r"(?:click to share on|share on|auf) (?:facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|telegram)(?: teilen)?(?: \(opens in new window\))?",
            r"(?:teilen mit|beitrag teilen|artikel teilen|gefällt mir|gefällt mir wird geladen(?:…|\.\.\.)|partager(?: (?:cet article|ceci|sur.*))?|j['’]aime (?:ça|chargement(?:…|\.\.\.))|comparte(?: (?:esto|en.*))?|me gusta esto|compartir(?: en.*)?|condividi(?: su.*)?|mi piace|compartilhe(?: isso)?|curtir isso|delen|vind ik leuk|udostępnij|podziel się|поделиться(?: ссылкой)?|понравилось это|dela(?: (?:det här|detta))?|gilla|共有|いいね|分享(?:到|至)?.*|공유하기)",
        ],
    },
    Tail {
        name: READ_ALSO,
        says: "a link to another entry of the same site between the paragraphs: `Read also: …`",
        at: Where::Anywhere,
        links: true,
        words: &[
            r"(?:read (?:also|next|this)|also read|see also|related(?: (?:story|article|post|reading|stories|articles|posts))?|recommended(?: (?:reading|for you))?|more (?:on this|from .+)|don['’]t miss|you (?:may|might) also (?:like|enjoy)|must read|lesen sie auch|lies auch|auch interessant|mehr zum thema|siehe auch|(?:à )?lire aussi|à lire également|voir aussi|lea tambi[eé]n|lee tambi[eé]n|te puede interesar|ver también|leggi anche|potrebbe interessarti|leia tamb[eé]m|veja tamb[eé]m|lees ook|czytaj (?:też|także|również)|zobacz (?:też|także)|читайте также|читайте по теме|читайте також|läs också|läs även|læs også|les også|lue myös|přečtěte si(?: také)?|čtěte také|citește și|bunu da oku|ilginizi çekebilir|関連記事|あわせて読みたい|相关阅读|延伸閱讀|延伸阅读|관련기사|baca juga|đọc thêm|اقرأ أيضا[ًً]?)\s*[:：»›\-–—|].+",
        ],
    },
    Tail {
        name: "comments",
        says: "a form for comments: `Leave a Reply`, `Your email address will not be published`",
        at: Where::Form,
        links: false,
        words: &[
            r"(?:leave|post|add|write) (?:a |your )?(?:reply|comment|response)(?: below)?(?: (?:to .+|cancel reply))?",
            r"(?:cancel reply|join the (?:conversation|discussion)|comments? (?:are|is) closed|(?:\d+ )?(?:comments|responses|replies)(?: (?:to|on) .+)?)",
            r"(?:schreibe? (?:einen|uns einen) kommentar|kommentar (?:verfassen|schreiben|hinterlassen)|hinterlasse (?:einen|eine) (?:kommentar|antwort)|antwort(?:en)? (?:abbrechen|verfassen)|diskutiere mit)(?: .+)?",
            r"(?:laisser un commentaire|laissez un commentaire|écrire un commentaire|poster un commentaire|ajouter un commentaire|annuler la réponse|commenter)(?: .+)?",
            r"(?:deja (?:una respuesta|un comentario|tu comentario)|dejar un comentario|escribe un comentario|cancelar (?:la )?respuesta)(?: .+)?",
            r"(?:lascia un (?:commento|risposta)|annulla risposta|deixe (?:um comentário|uma resposta|seu comentário)|deixar um comentário|cancelar resposta)(?: .+)?",
            r"(?:geef een reactie|laat een (?:reactie|antwoord) achter|reactie annuleren|plaats een reactie|dodaj komentarz|zostaw komentarz|anuluj pisanie odpowiedzi)(?: .+)?",
            r"(?:добавить комментарий|оставить комментарий|оставьте комментарий|отменить ответ|залишити відповідь|залишити коментар)(?: .+)?",
            r"(?:lämna ett svar|lämna en kommentar|skriv en kommentar|skriv et svar|legg (?:igjen|att) (?:en kommentar|eit svar)|vastaa|jätä kommentti|napsat komentář|pridaj komentár|hozzászólás|lasă un (?:răspuns|comentariu)|bir (?:cevap|yanıt) yazın|αφήστε (?:μια απάντηση|ένα σχόλιο))(?: .+)?",
            r"(?:コメントを(?:残す|する|書く)|コメントする|发表(?:评论|回复)|發佈(?:留言|回覆)|发表您的评论|댓글 ?(?:남기기|달기|쓰기)|để lại một bình luận|tinggalkan (?:balasan|komentar)|اترك (?:تعليقاً|ردا?ً?)|כתיבת תגובה|دیدگاهتان را بنویسید)(?: .+)?",
            r"(?:your email address will not be published|deine e-mail-adresse wird nicht veröffentlicht|votre adresse e-?mail ne sera pas publiée|tu dirección de correo electrónico no será publicada|il tuo indirizzo email non sarà pubblicato|o seu endereço de e-?mail não será publicado|je e-mailadres wordt niet gepubliceerd|twój adres e-?mail nie zostanie opublikowany|ваш (?:адрес email|e-?mail) не будет опубликован|メールアドレスが公開されることはありません|您的(?:邮箱|電子郵件)地址不会被公开|이메일 주소는 공개되지 않습니다).*",
        ],
    },
    Tail {
        name: "comment-notes",
        says: "what stands around a form for comments: `Your email address will not be published`",
        at: Where::Anywhere,
        links: false,
        words: &[
            r"(?:your email address will not be published|deine e-mail-adresse wird nicht veröffentlicht|votre adresse e-?mail ne sera pas publiée|tu dirección de correo electrónico no será publicada|il tuo indirizzo email non sarà pubblicato|o seu endereço de e-?mail não será publicado|je e-mailadres wordt niet gepubliceerd|twój adres e-?mail nie zostanie opublikowany|ваш (?:адрес email|e-?mail) не будет опубликован|メールアドレスが公開されることはありません|您的(?:邮箱|電子郵件)地址不会被公开|이메일 주소는 공개되지 않습니다)(?:\W.*)?",
            r"required fields are marked\W*",
            r"save my name, email,? and website in this browser for the next time i comment",
            r"notify me of (?:follow-?up comments|new posts) by email",
            r"you must be logged in to post a comment",
        ],
    },
    Tail {
        name: "related",
        says: "links to other entries of the same site: `Related posts`, `You may also like`",
        at: Where::Links,
        links: false,
        words: &[
            r"(?:(?:more |other )?related(?: (?:posts|articles|stories|content|reading|links|news|topics))?|you (?:may|might) also (?:like|enjoy|be interested in).*|(?:similar|recommended|popular|latest|recent|more) (?:posts|articles|stories|reading|news)|more (?:from|on) .+|read (?:more|next|also)|see also|further reading|recommended for you|what to read next|trending(?: now)?)",
            r"(?:ähnliche (?:beiträge|artikel)|verwandte (?:beiträge|artikel)|das könnte (?:dich|sie|ihnen|dir) auch (?:interessieren|gefallen)|mehr zum thema|weitere (?:artikel|beiträge)(?: .+)?|auch interessant)",
            r"(?:articles (?:similaires|connexes|liés|en rapport)|à lire (?:aussi|également)|sur le même sujet|vous aimerez aussi|artículos? relacionad[oa]s|entradas relacionadas|noticias relacionadas|también te puede (?:gustar|interesar)|quizás te interese|articoli correlati|potrebbe(?:ro)? (?:anche )?interessarti|leggi anche|artigos relacionados|posts? relacionados|leia também|veja também|você também pode gostar|gerelateerde (?:berichten|artikelen)|lees ook|powiązane (?:wpisy|artykuły)|podobne (?:wpisy|artykuły)|zobacz także|похожие (?:записи|статьи|материалы)|читайте также|по теме|relaterade inlägg|läs också|relaterede indlæg|aiheeseen liittyvää|související články|podobné články|benzer (?:yazılar|haberler)|関連記事|関連|相关(?:文章|阅读)|相關文章|관련 ?글)",
        ],
    },
    Tail {
        name: "further-reading",
        says: "a last paragraph that sends the reader elsewhere: `For further reading, see: …`, `Previously on …:`",
        at: Where::End,
        links: false,
        words: &[
            r"(?:for (?:further|more|additional) (?:reading|information|details|news)|further reading|see also|read (?:also|next)|also read|related(?: (?:story|stories|articles?|posts?|reading|coverage))?|more (?:information|details)|lesen sie auch|weiterführende links|mehr zum thema|siehe auch|pour aller plus loin|pour en savoir plus|à lire (?:aussi|également)|voir aussi|para (?:más información|saber más)|lea también|te puede interesar|per (?:saperne di più|approfondire)|leggi anche|para saber mais|leia também|meer (?:lezen|informatie)|lees ook|więcej informacji|czytaj (?:też|także)|читайте также|подробнее)\s*(?:,\s*(?:please )?(?:see|read|visit|check out)\b\s*)?[:：,–—-].{3}.*",
            r"(?:previously|also|earlier) (?:on|at|from) [^:.!?]{2,40}:",
        ],
    },
    Tail {
        name: "newsletter",
        says: "an invitation at the end: `Subscribe to our newsletter`, `Follow us on …`",
        at: Where::End,
        links: false,
        words: &[
            r"(?:(?:enjoyed?|liked?) (?:this|the|my|reading this) (?:article|post|story|blog|essay)\?\s*)?(?:(?:please|don['’]t forget to|be sure to|you can|click here to|to get more .+,) )?(?:subscribe to|sign up (?:for|to)|join) (?:our|my|the|us on) .*(?:newsletters?|mailing list|email list|channel|telegram|whatsapp|discord|feed|podcast|updates|youtube)\b.*",
            r"(?:(?:please|don['’]t forget to|be sure to|you can|also,?) )?(?:follow|like|find|join) (?:us|me) (?:on|at|via) .*(?:twitter|x|facebook|instagram|linkedin|telegram|youtube|mastodon|bluesky|threads|pinterest|tiktok|google news|flipboard)\b.*",
            r"(?:folgen sie uns|folge uns|folgt uns|suivez-nous|síguenos|seguici|siga-nos|volg ons|śledź nas|obserwuj nas|подписывайтесь на (?:нас|наш)|följ oss|følg os|bizi takip edin)\b.*",
            r"(?:abonnieren sie|abonniere) (?:unseren?|den) .*newsletter.*|(?:abonnez|inscrivez)-vous à (?:notre|la) .*(?:newsletter|lettre).*|(?:suscríbete|subscreva|inscreva-se|iscriviti|schrijf je in|zapisz się).*(?:newsletter|boletín|canal|nieuwsbrief).*",
        ],
    },
    Tail {
        name: "feed-footer",
        says: "a row of links that a feed service puts at the end: `Permalink | Comments | Email this`",
        at: Where::End,
        links: true,
        words: &[
            r"(?:(?:\[?(?:permalink|permanent link|comments?(?: \(\d+\))?|\d+ comments?|no comments|email (?:this|to a friend)(?: article| story| post)?|e-mail this|print this|add to [\w.]+|digg (?:this|it)!?|save to [\w.]+|stumble it!?|tweet(?: this)?|share|discuss|trackback|linking blogs|subscribe|view in browser|original (?:article|link|post)|source)\]?)[\s|·•,\-–—]*)+",
        ],
    },
    Tail { name: CUT_OFF, says: "dots alone at the end: `[…]`", at: Where::End, links: false, words: &[r"\[?(?:…|\.\.\.)\]?"] },
    Tail {
        name: "replies",
        says: "how many have answered, and how to: `19 posts - 5 participants`, `Reply via email`",
        at: Where::End,
        links: false,
        words: &[
            r"\d+ posts? - \d+ participants?",
            r"(?:reply|comment|respond) (?:to this post|(?:via|by|on) (?:e-?mail|mastodon|twitter|bluesky|the fediverse))",
        ],
    },
    Tail {
        name: "hosted",
        says: "who carries a podcast: `Hosted on Acast. See acast.com/privacy for more information.`",
        at: Where::End,
        links: false,
        words: &[
            r"(?:hosted|powered) (?:on|by) \S+\. (?:see|visit) .+",
            r"(?:learn more about your ad choices|support this podcast|see (?:privacy policy|(?:omnystudio|acast)\.com/))\b.*",
        ],
    },
    Tail {
        name: "feed-reader",
        says: "a word to those who read it as a feed: `If the formatting looks odd in your feed reader, …`",
        at: Where::End,
        links: false,
        words: &[
            r"if (?:the|this) (?:formatting|post|page|layout)\b.*\bfeed reader\b.*",
            r"(?:you (?:are|'re|’re) (?:reading|seeing) this (?:post )?(?:in|via|through) (?:an? )?(?:rss|feed)|thank(?:s| you) for reading (?:this|me)? ?(?:via|in|by|using|with) rss)\b.*",
        ],
    },
    Tail {
        name: "advert-label",
        says: "the word that stands above an advert: `Advertisement`",
        at: Where::Anywhere,
        links: false,
        words: &[
            r"(?:advertisements?|sponsored(?: (?:content|post|links?))?|ads? by google|story continues below(?: advertisement)?|article continues (?:below|after)(?: (?:the )?(?:advertisement|ad|this ad))?|anzeige|werbung|- anzeige -|publicité|publicidad|anuncio|pubblicità|publicidade|advertentie|reklama|реклама|annons|annonse|mainos|reklam|広告|スポンサーリンク|广告|廣告|광고)",
        ],
    },
    Tail {
        name: "advert",
        says: "a last paragraph that promises at least three things and ends with a call: `… Learn More`",
        at: Where::End,
        links: false,
        words: &[],
    },
];

/// Bytes of all the rules when they are compiled: a daemon holds them for good.
const MOST_MEMORY: usize = 3 << 20;

/// What stands around and between words. Unicode's own classes for it take a hundred times the memory.
const EDGE: &str = r"[\s!-/:-@\[-^`{-~\x{a0}-\x{bf}\x{60c}\x{61b}\x{61f}\x{964}\x{2000}-\x{2bff}\x{3000}-\x{3004}\x{3008}-\x{303f}\x{30fb}\x{fe00}-\x{fe0f}\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{1f000}-\x{1faff}]";

/// A pattern for a block's whole text. Where a word ends is asked of [`EDGE`] or of ASCII: what asks Unicode for it makes the
/// matching of all rules slow in any text that isn't English.
fn whole(words: &str) -> String {
    let words = words.replace(r"\b.*", &format!("(?:{EDGE}.*)?")).replace(r"\b", r"(?-u:\b)");
    format!(r"(?is)^{EDGE}{{0,3}}(?:{words}){EDGE}*$")
}

/// The rules that know a block's whole text.
pub(super) fn found(text: &str) -> impl Iterator<Item = &'static Tail> {
    static SET: OnceLock<(RegexSet, Vec<usize>)> = OnceLock::new();
    let (set, owners) = SET.get_or_init(|| {
        let words: Vec<(usize, String)> =
            TAILS.iter().enumerate().flat_map(|(at, tail)| tail.words.iter().map(move |words| (at, whole(words)))).collect();
        let set = RegexSetBuilder::new(words.iter().map(|(_, words)| words)).size_limit(MOST_MEMORY).build().expect("patterns of ours");
        (set, words.iter().map(|(at, _)| *at).collect())
    });
    let mut owners: Vec<usize> = set.matches(text).into_iter().map(|at| owners[at]).collect();
    owners.dedup();
    owners.into_iter().map(|at| &TAILS[at])
}

/// Whether a text is one of `read-more`'s.
pub(super) fn is_read_more(text: &str) -> bool {
    found(text).any(|tail| tail.name == READ_MORE)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn each_rule_has_a_name_of_its_own_and_words_that_compile() {
        for (at, tail) in TAILS.iter().enumerate() {
            assert!(TAILS[..at].iter().all(|other| other.name != tail.name), "{}", tail.name);
            for words in tail.words {
                assert!(Regex::new(words).is_ok(), "{words}");
            }
        }
    }

    #[test]
    fn boilerplate_is_known_in_many_languages_and_articles_are_left_alone() {
        for (text, rule) in [
            ("The post A Story appeared first on Site.", Some("appeared-first")),
            ("Der Beitrag Die Geschichte erschien zuerst auf Seite.", Some("appeared-first")),
            ("L’article Une histoire est apparu en premier sur Le site.", Some("appeared-first")),
            ("La entrada Una historia se publicó primero en Sitio.", Some("appeared-first")),
            ("L'articolo Una storia proviene da Sito.", Some("appeared-first")),
            ("O post Uma história apareceu primeiro em Sítio.", Some("appeared-first")),
            ("Het bericht Een verhaal verscheen eerst op Site.", Some("appeared-first")),
            ("Artykuł Historia pochodzi z serwisu Strona.", Some("appeared-first")),
            ("Сообщение История появились сначала на Сайт.", Some("appeared-first")),
            ("投稿 物語 は サイト に最初に表示されました。", Some("appeared-first")),
            ("Read more…", Some("read-more")),
            ("Weiterlesen »", Some("read-more")),
            ("Lire la suite →", Some("read-more")),
            ("続きを読む", Some("read-more")),
            ("[…]", Some("cut-off")),
            ("To read this article in full, please click here", Some("read-more")),
            ("Enjoyed the article? Subscribe to my RSS feed :D", Some("newsletter")),
            ("Hosted on Acast. See acast.com/privacy for more information.", Some("hosted")),
            ("19 posts - 5 participants", Some("replies")),
            ("Reply via email", Some("replies")),
            ("[If the formatting looks odd in your feed reader, visit the original article]", Some("feed-reader")),
            ("[contact-form]", Some("shortcode")),
            ("[caption id=\"x\" width=\"300\"]", Some("shortcode")),
            ("Share this:", Some("share")),
            ("Like this: Like Loading...", Some("share")),
            ("Leave a Reply", Some("comments")),
            ("Leave a Reply Cancel reply", Some("comments")),
            ("Schreibe einen Kommentar", Some("comments")),
            ("Your email address will not be published. Required fields are marked *", Some("comments")),
            ("Related posts:", Some("related")),
            ("Das könnte dich auch interessieren", Some("related")),
            ("For further reading, see: Has one outsmarted another?", Some("further-reading")),
            ("Previously on The Harbour Post:", Some("further-reading")),
            ("Also on the table was a clock that nobody wound.", None),
            ("Subscribe to our weekly newsletter for more.", Some("newsletter")),
            ("Follow us on Twitter", Some("newsletter")),
            ("Permalink | Comments (3) | Email this", Some("feed-footer")),
            ("Advertisement", Some("advert-label")),
            // articles
            ("The post office appeared on the first floor of the building that stood on the corner.", None),
            ("Read more books, he said, and the world will open.", None),
            ("Share this knowledge with your children and their teachers, and they will thank you for it one day.", None),
            ("Comments were made about the plan.", None),
            ("Related to this is the question of cost.", None),
            ("The advertisement showed a man on a horse.", None),
            ("She subscribed to the newsletter in 2019 and never read it.", None),
            ("Leave a light on for me.", None),
            ("What do you think?", None),
            ("[sic]", None),
            ("[Update: the plan has changed]", None),
            ("[Music plays]", None),
            ("More than 500 people came.", None),
        ] {
            assert_eq!(found(text).next().map(|tail| tail.name), rule, "{text}");
        }
    }
}
