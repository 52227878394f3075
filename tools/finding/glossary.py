"""Chinese words that descriptions of tools are made of, in English: sentence vectors and stems here know no Chinese, and many public servers describe themselves in it.

Not a translation; enough that a request in English finds the tool. Longest word first, the rest is passed over.
"""

from __future__ import annotations

import re
from functools import cache

_WORDS = """
获取 get|查询 query search|搜索 search|检索 retrieve search|查找 find|查看 view|列出 list|读取 read|写入 write|创建 create|新建 create|添加 add|增加 add|删除 delete|移除 remove|更新 update|修改 change edit|编辑 edit|发送 send|接收 receive|下载 download|上传 upload
|生成 generate|计算 calculate|转换 convert|翻译 translate|分析 analyze analysis|比较 compare|对比 compare|排序 sort|过滤 filter|筛选 filter|统计 statistics|总结 summarize summary|摘要 summary|推荐 recommend recommendation|预测 forecast prediction|预订 book reservation|购买 buy purchase
|打开 open|关闭 close|启动 start|停止 stop|运行 run|执行 execute|安装 install|保存 save|导出 export|导入 import|解析 parse|提取 extract|验证 verify|检查 check|检测 detect|监控 monitor|管理 manage|设置 set configure|配置 configuration|登录 log in|注册 register|支付 pay payment
|新闻 news|资讯 news information|热门 trending popular hot|热榜 trending ranking|热点 trending hot topics|热搜 trending searches|榜单 ranking list|排行榜 ranking chart|排行 ranking|榜 ranking|话题 topics|文章 article|内容 content|信息 information|数据 data|详情 details|详细 detailed|列表 list|结果 results
|科技 technology tech|技术 technology|数码 digital electronics gadgets|电子产品 electronics|产品 products|商品 goods products|优惠 discount deals cheap|折扣 discount deals|促销 promotion deals|购物 shopping|消费 consumer consumption|值得买 worth buying|评测 reviews|测评 reviews|攻略 guide tips|经验 experience
|价格 price|行情 market quotes|股票 stock|股市 stock market|基金 fund|债券 bond|期货 futures|外汇 foreign exchange|汇率 exchange rate|货币 currency|加密货币 cryptocurrency|财经 finance economy|金融 finance|经济 economy|投资 investment|融资 funding|投融资 investment and funding|创业 startup business|商业 business|企业 company enterprise|公司 company|产业 industry|行业 industry|市场 market|交易 trade transaction
|天气 weather|预报 forecast|温度 temperature|湿度 humidity|空气质量 air quality|地图 map|地址 address|地点 place|位置 location|坐标 coordinates|经纬度 latitude longitude|城市 city|省份 province|国家 country|路线 route|导航 navigation|交通 traffic transport|距离 distance|附近 nearby|周边 nearby
|火车 train|列车 train|高铁 high-speed train|车站 station|车次 train number|车票 ticket|余票 remaining tickets|机票 flight ticket|航班 flight|机场 airport|酒店 hotel|旅游 travel tourism|旅行 travel|景点 sights attractions|餐厅 restaurant|美食 food|中转 transfer|出发 departure|到达 arrival
|日期 date|时间 time|时区 time zone|日历 calendar|农历 lunar calendar|黄历 almanac auspicious dates|八字 birth chart fortune|节日 holiday festival|今天 today|明天 tomorrow|当前 current|最新 latest newest|实时 real-time|历史 history historical
|游戏 game gaming|电子游戏 video games|玩家 players|动漫 anime|动画 animation|电影 movie film|电视剧 tv series|视频 video|音乐 music|歌曲 song|图书 books|书籍 books|小说 novel|阅读 reading|体育 sports|足球 football|篮球 basketball|娱乐 entertainment|明星 celebrity|文化 culture|艺术 art|摄影 photography|汽车 car automobile|房产 real estate
|健康 health|医疗 medical|医院 hospital|药品 drug medicine|疾病 disease|教育 education|大学 university|考试 exam|课程 course|教程 tutorial|学习 learning|论文 paper|学术 academic|研究 research|科学 science|知识 knowledge|问答 questions and answers|百科 encyclopedia
|人工智能 artificial intelligence ai|机器学习 machine learning|大模型 large language model|模型 model|开发 development|编程 programming|前端 frontend|后端 backend|代码 code|开源 open source|项目 project|仓库 repository|架构 architecture|数据库 database|服务器 server|网络 network|安全 security|漏洞 vulnerability|互联网 internet|移动 mobile|应用 app application|软件 software|硬件 hardware|手机 phone|电脑 computer
|文件 file|文件夹 folder|目录 directory|文档 document|表格 table spreadsheet|图片 picture image|图像 image|图表 chart|音频 audio|文本 text|网页 web page|网站 website|链接 link url|邮件 mail|邮箱 mailbox|短信 text message|消息 message|通知 notification|评论 comments|用户 user|账号 account|密码 password|标签 tag|分类 category|关键词 keyword|标题 title|作者 author|平台 platform|社区 community|社交 social|社会 social society|政治 politics|时政 current politics|国际 international|全球 global world|中国 china|英国 britain uk|美国 america us|苹果 apple|谷歌 google|微软 microsoft
|微博 weibo|知乎 zhihu|抖音 douyin tiktok|百度 baidu|哔哩哔哩 bilibili|豆瓣 douban|淘宝 taobao shopping|京东 jd shopping|微信 wechat|头条 headlines|腾讯 tencent|网易 netease|今日头条 toutiao headlines|小红书 xiaohongshu|纽约时报 new york times|少数派 sspai productivity|菜谱 recipe|食谱 recipe|做菜 cooking|食材 ingredients|卡片 card|卡牌 cards|国象 chess|天然气 gas|快递 parcel express|物流 logistics|生活 life|工具 tool|随机 random|单位 unit|数量 quantity|总数 total|最近 recent|每日 daily|周 week|月 month|年 year
"""


@cache
def _table() -> tuple[dict[str, str], re.Pattern[str]]:
    pairs = dict(entry.strip().split(" ", 1) for entry in _WORDS.replace("\n", "").split("|") if " " in entry.strip())
    return pairs, re.compile("|".join(sorted(map(re.escape, pairs), key=len, reverse=True)))


def in_english(text: str) -> str:
    """The words of a text that stand in the glossary, in English and in order; empty for a text without Chinese."""
    if not re.search(r"[\u4e00-\u9fff]", text):
        return ""
    pairs, pattern = _table()
    return " ".join(dict.fromkeys(pairs[match] for match in pattern.findall(text)))
