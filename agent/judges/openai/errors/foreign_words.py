"""The words of companies' gateways and local providers in languages other than English and Chinese, in lower case.

A status tells most of their errors. These are the ones where it does not: a quota that is used up, whatever the status,
against a limit of minutes; and a key that is refused with a status of wrong requests.
"""

# Signs of other alphabets are meant.
# ruff: noqa: RUF001

from __future__ import annotations

import re

QUOTA_SPENT = re.compile(
    # German
    r"\b(kontingent|guthaben|(nutzungs|tages|wochen|monats)(limit|kontingent|budget))\b.{0,60}"
    r"\b(erschöpft|aufgebraucht|verbraucht|überschritten|erreicht)"
    r"|\b(kein|nicht (genug|genügend|ausreichend)) guthaben\b"
    # French
    r"|\b(quota|crédits?|forfait|solde)\b.{0,60}\b(dépassée?s?|épuisée?s?|atteinte?s?|insuffisante?s?)\b"
    r"|\b(dépassé|épuisé|atteint)\b.{0,30}\b(quota|crédits?|forfait)\b"
    # Spanish and Portuguese
    r"|\b(cuota|cota|créditos?|saldo|franquia)\b.{0,60}"
    r"\b((excedid|agotad|superad|alcanzad|esgotad|atingid|ultrapassad)[oa]s?|insuficientes?)\b"
    r"|\b(excedido|agotado|superado|alcanzado|excedeu|esgotou|atingiu|ultrapassou)\b.{0,30}"
    r"\b(cuota|cota|créditos?|saldo|límite (diario|mensual)|limite (diário|mensal))\b"
    # Italian
    r"|\b(quota|crediti|credito)\b.{0,60}\b((superat|esaurit|raggiunt)[oaie]|insufficient[ei])\b"
    r"|\b(superat|esaurit|raggiunt)o\b.{0,30}\b(quota|credit[oi]|limite (giornaliero|mensile))\b"
    # Russian
    r"|\b(квота|баланс|средства|(дневной|месячный) лимит)\b.{0,60}\b(исчерпан|превышен|закончил|недостаточ)"
    r"|\bнедостаточно\b.{0,30}\b(средств|кредитов|квоты)"
    # Japanese, Korean, and Chinese in traditional signs
    r"|(利用|使用)(上限|制限|枠|可能枠).{0,12}(達|超|使い切)|残高.{0,6}不足|クレジット.{0,12}(不足|使い切|なくな)|クォータ.{0,8}(超|達)"
    r"|(사용량? ?한도|할당량|크레딧|잔액).{0,14}(초과|소진|부족|도달)|餘額不足|額度.{0,8}(不足|用盡|用完|已用)"
)
SHORT_LIMIT = re.compile(
    r"\b((pro|je) (minute|sekunde)|par (minute|seconde)|(por|al|per) (minuto|segundo|secondo)|в (минуту|секунду))\b"
    r"|(分|秒)(間)?(あたり|当たり|ごと)|毎(分|秒)|(분|초)당"
)
KEY = re.compile(
    r"\b(api-?)?schlüssel\b.{0,40}\b(ungültig|abgelaufen|gesperrt|fehlt)"
    r"|\bclé\b.{0,40}\b(invalide|expirée|révoquée|manquante)"
    r"|\b(clave|chave)\b.{0,40}\b(inválida|no válida|caducada|expirada|revocada|revogada)"
    r"|\bchiave\b.{0,40}\b(non valida|scaduta|revocata)|\b(ключ|токен)\b.{0,40}\b(недействител|неверн|отозван|ист[её]к)"
    r"|(api ?キー|トークン).{0,12}(無効|期限切れ|正しくありません)|(api ?키|토큰).{0,14}(유효하지|만료|잘못)"
)
