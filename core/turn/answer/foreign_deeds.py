"""Deeds claimed in languages beyond those of ``claimed``: Italian, Portuguese, Dutch, Polish, Russian, Ukrainian, Turkish, Chinese, Japanese, Korean, Arabic.

One table of forms that say "done": those of the first person are claims by themselves; what may be anybody's deed counts only beside a file's name, a
word for such a thing, or "I".
"""

from __future__ import annotations

import re

from core.turn.answer.deed_claims import DeedClaim
from core.turn.answer.denials import is_negated
from core.turn.answer.names import find_names

_OWN: dict[str, str] = {  # forms of the first person: Portuguese, Polish, Turkish
    "deleted": r"apaguei|excluí|eliminei|deletei|usunął[ae]m|usunęłam|skasował[ae]m|sildim|sildik",
    "removed": r"removi|retirei|kaldırdım|kaldırdık",
    "created": r"criei|escrevi|salvei|guardei|gravei|adicionei|utworzył[ae]m|stworzył[ae]m|zapisał[ae]m|napisał[ae]m|dodał[ae]m|oluşturdum|kaydettim|yazdım|ekledim",
    "moved": r"movi|renomeei|przeniosł[ae]m|przeniosłem|taşıdım",
    "copied": r"copiei|skopiował[ae]m|kopyaladım",
    "sent": r"enviei|mandei|wysłał[ae]m|gönderdim|yolladım",
    "changed": r"alterei|atualizei|modifiquei|zmienił[ae]m|zaktualizował[ae]m|değiştirdim|güncelledim",
    "scheduled": r"agendei|marquei|programei|ustawił[ae]m|zaplanował[ae]m|kurdum|ayarladım",
}
_ANYBODY: dict[str, str] = {
    "deleted": r"\b(?:eliminat|cancellat|apagad|excluíd|eliminad)[oaies]+\b|\b(?:verwijderd|gewist)\b|\busunięt\w+|\bудалил[аи]?\b|\bудал[её]н[аоы]?\b|\bвидал(?:ив|ила|ено)\b|\bsilin(?:di|miştir)\b"
    r"|(?:删除|刪除|删掉|刪掉)|(?:削除|消去)(?:し|いたし|され|済|完了)|(?:삭제|제거)(?:했|하였|되었|됐|완료)|지웠|(?<!\w)و?(?:تمت? (?:حذف|إزالة|مسح)|حذفت|مسحت)\w*",
    "created": r"\b(?:creat|scritt|salvat|aggiunt)[oaie]\b|\b(?:criad|escrit|salv|guardad|gravad)[oas]{1,2}\b|\b(?:aangemaakt|geschreven|opgeslagen|toegevoegd)\b|\b(?:utworzon|zapisan|napisan)\w+"
    r"|\b(?:создал|написал|сохранил|записал|добавил)[аи]?\b|\b(?:создан|сохран[её]н|записан|добавлен)[аоы]?\b|\b(?:створ|збер)(?:ив|ила|іг|ено|ежено)\b|\b(?:oluşturuldu|kaydedildi|yazıldı|eklendi)\b"
    r"|(?:作成|保存|追加|記入)(?:し|いたし|され|済|完了)|書きました|(?:创建|創建|新建|写好|寫好|写入|寫入|保存|存入|儲存|添加|写完)|(?:생성|작성|저장|추가)(?:했|하였|되었|됐|완료)|썼습니다"
    r"|(?<!\w)و?(?:تمت? (?:إنشاء|حفظ|كتابة|إضافة)|أنشأت|حفظت|كتبت|أضفت)\w*",
    "moved": r"\b(?:spostat|rinominat)[oaie]\b|\b(?:movid|renomead)[oas]{1,2}\b|\b(?:verplaatst|hernoemd)\b|\bprzeniesion\w+|\b(?:переместил|переименовал|перен[её]с)(?:а|и|ла|ли)?\b|\bперемещ[её]н[аоы]?\b|\btaşındı\b"
    r"|(?:移动|移動)(?=了|到|至|完|し|いたし|され|済)|移至|重命名|이동(?:했|하였|되었|됐|완료)|(?<!\w)و?(?:تم نقل|نقلت)\w*",
    "copied": r"\b(?:copiat)[oaie]\b|\bcopiad[oas]{1,2}\b|\bgekopieerd\b|\bskopiowan\w+|\bскопировал[аи]?\b|\bскопирован[аоы]?\b|\bkopyalandı\b|(?:复制|複製)(?=了|到|至|完|し|され|済)|コピー(?:し|され|済)|복사(?:했|하였|되었|됐)|(?<!\w)و?(?:تم نسخ|نسخت)\w*",
    "sent": r"\b(?:inviat|spedit|mandat)[oaie]\b|\benviad[oas]{1,2}\b|\b(?:verzonden|verstuurd|gestuurd)\b|\bwysłan\w+|\b(?:отправил|послал)[аи]?\b|\bотправлен[аоы]?\b|\b(?:надісла|відправи)(?:в|ла|но)\b|\bgönderildi\b"
    r"|(?:发送|發送|寄出|发了|發了|传送|傳送)|(?:送信|送付)(?:し|いたし|され|済|完了)|送りました|(?:전송|발송)(?:했|하였|되었|됐|완료)|보냈|(?<!\w)و?(?:تم إرسال|أرسلت)\w*",
    "changed": r"\b(?:modificat|aggiornat)[oaie]\b|\b(?:alterad|atualizad)[oas]{1,2}\b|\b(?:gewijzigd|bijgewerkt|aangepast)\b|\b(?:zmienion|zaktualizowan)\w+|\b(?:изменил|обновил)[аи]?\b|\b(?:измен[её]н|обновл[её]н)[аоы]?\b"
    r"|\b(?:değiştirildi|güncellendi)\b|(?:修改|更新)(?=了|完|好|し|いたし|され|済)|変更(?:し|され|済)|(?:변경|수정)(?:했|하였|되었|됐)|(?<!\w)و?(?:تم (?:تعديل|تحديث)|عدلت)\w*",
    "scheduled": r"\b(?:impostat|programmat)[oaie]\b|\b(?:agendad|programad)[oas]{1,2}\b|\b(?:ingesteld|ingepland)\b|\b(?:ustawion|zaplanowan)\w+|\b(?:установил|запланировал)[аи]?\b|\b(?:установлен|запланирован)[аоы]?\b|\b(?:kuruldu|ayarlandı)\b"
    r"|(?:设置|設置|设定|設定)(?=了|完|好|し|いたし|され|済)|(?:설정|예약)(?:했|하였|되었|됐)|(?<!\w)و?(?:تم (?:ضبط|جدولة)|ضبطت)\w*",
}
_DONE_HAN = re.compile(r"[已了完好把将將]|成功")  # a Chinese verb alone is no deed: one of these stands beside it
_HAN_VERB = re.compile(r"[\u4e00-\u9fff]+")
_THING = re.compile(
    r"\b(?:file|cartell[ae]|messaggi\w*|promemoria|arquivos?|pastas?|mensage(?:m|ns)|lembretes?|bestand(?:en)?|mapp?en?|bericht(?:en)?|herinnering|plik\w*|folder\w*|wiadomoś\w+|przypomnieni\w*|файл\w*|папк\w*|письм\w*|сообщени\w*|"
    r"напоминани\w*|документ\w*|dosya\w*|klasör\w*|mesaj\w*|hatırlatıcı\w*|e-?mails?|e-?posta\w*)\b|文件|文件夹|邮件|郵件|檔案|消息|提醒|ファイル|フォルダ|メール|リマインダー|파일|폴더|메일|메시지|알림|(?:ال)?(?:ملف|مجلد|رسالة|بريد|تذكير)",
    re.I,
)
_SELF = re.compile(r"\b(?:ho|abbiamo|ik|wij|я|мы|eu|ja|ben)\b|[我私僕]|(?<!\w)(?:제가|저는|أنا)", re.I)
_PATTERNS = [(kind, re.compile(rf"\b(?:{words})\b", re.I), True) for kind, words in _OWN.items()] + [(kind, re.compile(words, re.I), False) for kind, words in _ANYBODY.items()]
_FEW = 24  # letters before a form in which "not" would stand


def find_foreign_deeds(sentence: str, is_ordered: bool, is_growing: bool = False) -> list[DeedClaim]:
    """The claimed deeds of a sentence in one of these languages. Where a deed was ordered (``is_ordered``) every such form is one.

    ``is_growing``: the word that tells the language may still come.
    """
    if not is_growing and sentence.isascii() and not _SELF.search(sentence) and not _THING.search(sentence):
        return []
    if sentence.rstrip(' *_`"”」').endswith(("?", "？", "؟")):
        return []
    is_about_things = is_ordered or bool(_THING.search(sentence) or _SELF.search(sentence)) or any(True for _ in find_names(sentence))
    found = [
        DeedClaim(kind, match[0], match.start(), "foreign")
        for kind, pattern, is_own in _PATTERNS
        for match in pattern.finditer(sentence)
        if (is_own or is_about_things) and _is_claim(sentence, match)
    ]
    return sorted(found, key=lambda claim: claim.start)


def _is_claim(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - _FEW) : match.start()]
    if is_negated(re.split(r"[,;.，。；、]", before)[-1]):
        return False
    if _HAN_VERB.fullmatch(match[0]):
        return bool(_DONE_HAN.search(match[0][1:] + sentence[match.end() : match.end() + 6] + before[-12:]))
    return True
