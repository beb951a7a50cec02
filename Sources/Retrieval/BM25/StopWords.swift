/// Words that a language puts into almost every sentence and that name nothing: articles, pronouns,
/// prepositions, conjunctions, and the common forms of its auxiliary verbs.
///
/// Written for Firn from the closed word classes that any grammar of the language lists; words that
/// also are common nouns or verbs are left in the text. English has Lucene's 33 words, so that
/// rankings compare.
package enum StopWords {
  package static func of(_ analyzer: Analyzer) -> Set<String> { sets[analyzer] ?? [] }

  private static let sets = lists.mapValues { list in
    Set(list.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  private static let english = """
    a an and are as at be but by for if in into is it no not of on or such that the their then
    there these they this to was will with
    """

  private static let lists: [Analyzer: String] = [
    .english: english,
    .cjk: english,
    .arabic: """
    من في على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين اللذان اللتان ما ماذا لا لم لن ليس
    ليست كان كانت كانوا يكون تكون هو هي هم هن نحن أنا أنت أن إن أو ثم بل لكن قد لقد كل بعض غير بين
    حتى منذ عند عندما إذا إذ حيث كما هناك هنا بعد قبل فيه فيها به بها له لها لهم منه منها عليه
    عليها و ف ب ل ك
    """,
    .armenian: """
    և ու է են եմ ես ենք եք էր էին էի որ որը որի որոնք այս այդ այն մի իր իրենց նա նրա նրան նրանք
    նրանց մենք դուք դու թե կամ բայց իսկ նաև համար հետ մեջ վրա ըստ մինչև որպես քան չի չէ
    """,
    .basque: """
    eta edo baina ere da dira zen ziren du dute zuen zuten dago daude zegoen zeuden ez bai hau
    hori hura hauek horiek haiek ni zu gu zuek bat batzuk baino bezala arte gabe ari nor zer non
    noiz nola zein bere haren izan
    """,
    .catalan: """
    el la els les lo un una uns unes de del dels d a al als en amb per pel pels i o ni que qui com
    on quan si no però perquè sinó jo tu ell ella nosaltres vosaltres ells elles em et es ens us
    li me te se hi ho meu meva teu teva seu seva seus seves aquest aquesta aquests aquestes aquell
    aquella això allò és són era eren ser estar està estan ha han he hem va van fins des sobre
    entre sense contra també més molt ja
    """,
    .danish: """
    og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi
    min havde ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal her alle
    vil blev kunne ind når være kan efter ned skulle noget mit også under have dig hende mine end
    ved hvis selv din dit jer jeres deres vores hendes dette disse denne blive bliver mod uden
    """,
    .dutch: """
    de het een en van in op te dat die is was zijn met voor niet aan er om ook als dan maar of uit
    door over bij naar tot ik je jij hij zij ze wij we jullie hun hen mij me jou u uw mijn jouw
    haar hem ons onze dit deze daar hier wat wie waar hoe wordt worden werd werden heeft hebben
    had hadden zou zouden zal zullen kan kunnen kon wel nog al zo toen omdat want geen
    """,
    .finnish: """
    ja on ei ole oli olla olen olet olemme olette ovat olivat se ne hän he minä sinä me te tämä
    tuo nämä nuo joka jotka jonka jota jossa että jos kun kuin niin mutta tai vai sekä myös vaan
    koska minun sinun hänen meidän teidän heidän sen niiden tämän siitä siinä siihen tässä mikä
    mitä kuka en et emme ette eivät eikä kanssa ilman ennen
    """,
    .french: """
    le la les un une des du de d l au aux à et ou où ni mais donc or car que qu qui quoi dont si
    ce cet cette ces ça cela ceci je j tu il elle on nous vous ils elles me m te t se s lui leur
    leurs y en mon ma mes ton ta tes son sa ses notre nos votre vos ne n pas dans par pour sur
    sous avec sans entre vers chez est sont était étaient être été suis es sommes êtes ai as a
    avons avez ont avait avaient eu c comme plus même aussi
    """,
    .german: """
    der die das den dem des ein eine einer eines einem einen und oder aber denn sondern dass daß
    als wie wenn ob weil ich du er sie es wir ihr mich mir dich dir ihn ihm uns euch ihnen sich
    mein meine dein deine sein seine seiner seinem seinen ihre ihrer ihrem ihren unser unsere euer
    eure in im an am auf aus bei beim mit nach von vom vor zu zum zur über unter für durch gegen
    ohne um bis zwischen ist sind war waren bin bist seid wird werden wurde wurden hat haben hatte
    hatten nicht kein keine auch noch nur so dann da hier dort dieser diese dieses diesem diesen
    jener jene man was wer wo
    """,
    .greek: """
    ο η το οι τα του τησ των τον την τουσ τισ και κι να θα δεν δε μη μην με σε στο στη στην στον
    στα στισ στουσ για από απο που πωσ ότι οτι ωσ αν ή αλλά όμωσ είναι ήταν είμαι είσαι έχει έχουν
    εγώ εσύ αυτόσ αυτή αυτό αυτοί αυτέσ αυτά μου σου μασ σασ τι όπωσ όταν ένασ μια μία ένα ενόσ
    κατά μετά πριν προσ χωρίσ μεταξύ
    """,
    .hindi: """
    का की के को में से पर और है हैं था थी थे हो होता होती होते यह ये वह वे इस इन उस उन इसके उसके
    इसका उसका इसकी उसकी एक जो कि ने तो ही भी या नहीं न मैं हम तुम आप मेरा हमारा तुम्हारा आपका अपना
    अपने अपनी तक लिए साथ कर कुछ जब तब यदि लेकिन किया गया गई गए रहा रही रहे
    """,
    .hungarian: """
    a az egy és is nem hogy de ha vagy mint mert csak már még meg volt voltak van vannak lesz
    lenne volna én te ő mi ti ők ez ezek azok ezt azt ennek annak ebben abban aki akik ami amik
    amely amelyek amelyet ahol amikor ki kik mit hol után alatt között szerint által felé nélkül
    sem se pedig
    """,
    .indonesian: """
    yang dan di ke dari untuk pada dengan adalah ialah ini itu dalam oleh sebagai atau tidak bukan
    akan telah sudah sedang juga karena bahwa jika kalau tetapi tapi namun saya aku kamu anda dia
    ia kami kita mereka nya para sebuah suatu seorang lebih agar supaya serta hingga sampai antara
    tanpa
    """,
    .irish: """
    an na is ní agus nó ach go i sa san ar ag le de do don den ó faoi roimh trí idir gan chun mar
    má dá nach bhí tá níl raibh mé tú sé sí muid sinn sibh siad é í iad mo a ár bhur seo sin
    """,
    .italian: """
    il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da
    dal dallo dalla dai dagli dalle in nel nello nella nei negli nelle su sul sullo sulla sui
    sugli sulle con per tra fra e ed o od ma se che chi cui come dove quando non io tu egli lui
    lei noi voi loro mi ti si ci vi ne mio mia miei mie tuo tua suo sua suoi sue nostro nostra
    vostro vostra questo questa questi queste quello quella quelli quelle è sono era erano essere
    stato stata ho hai ha abbiamo avete hanno aveva avevano anche più perché
    """,
    .lithuanian: """
    ir yra buvo būti nėra ar arba bet kad kai kaip jei jeigu nes o tai tas ta tie tos šis ši šie
    šios aš tu jis ji mes jūs jie jos mano tavo jo mūsų jūsų jų savo į iš su be per prie nuo iki
    už po prieš tarp apie kuris kuri kurie kurios kas ką ne nei taip pat jau dar
    """,
    .nepali: """
    र को का की मा ले लाई बाट देखि सँग छ छन् थियो थिए हो हुन् भएको भयो यो त्यो यी ती यस त्यस म हामी
    तिमी तपाईं उनी उहाँ उनको मेरो हाम्रो एक पनि तर वा कि नै त न गर्ने गरेको लागि भने
    """,
    .norwegian: """
    og i jeg det at en et ei den til er som på de med han av for ikke der var meg seg men har om
    vi min hadde ham hun nå over da fra du ut sin dem oss opp man hans hvor eller hva skal her
    alle vil ble kunne inn når være kan etter ned skulle noe mitt også under ha deg henne mine enn
    ved hvis din ditt deres vår våre hennes dette disse denne bli blir mot uten eg ikkje ein eit
    vere
    """,
    .portuguese: """
    o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas ao aos à
    às com para sem sob sobre entre até e ou mas nem que quem qual quando como onde se não eu tu
    ele ela nós vós eles elles elas me te lhe lhes meu minha teu tua seu sua seus suas nosso nossa
    este esta estes estas esse essa esses essas aquele aquela isto isso aquilo é são era eram ser
    foi foram está estão tem têm tinha há também mais já
    """,
    .romanian: """
    și si în in la de cu pe din pentru prin despre către spre fără sub între un o unui unei unor
    al a ai ale lui cel cea cei cele acest această acești aceste acel acea acei acele că ca să dar
    sau ori dacă când cum unde care cine ce nu eu tu el ea noi voi ei ele mă te se ne vă le îl îi
    mi ți își meu mea tău ta său sa nostru este e sunt era erau fi fost am are avem aveți au mai
    """,
    .russian: """
    и в во не что он на я с со как а то все она так его но да ты к ко у же вы за бы по ее её мне
    было от меня о об из ему когда даже ну ли если или ни быть был была были него до вас нибудь уж
    вам ведь там потом себя ей они тут где есть для мы тебя их чем сам без чтобы кто этот того
    потому этого этом эта эти это под перед при над между нас нам им ним них мой твой свой наш ваш
    который которая которые
    """,
    .serbian: """
    i u na je se da su za od sa s a ne ili ali kao što koji koja koje to taj ta te ti ja on ona
    ono mi vi oni one ga mu joj ih im me nas vas sam si smo ste bio bila bilo bili biti će ću ćeš
    ćemo po do iz o k ka uz pri nad pod pred kod bez ovaj ova ovo ako jer dok već još и у на је се
    да су за од са с а не или али као што који која које то тај та те ти ја он она оно ми ви они
    оне га му јој их им ме нас вас сам си смо сте био била било били бити ће ћу по до из о к ка уз
    при над под пред код без овај ова ово ако јер док већ још
    """,
    .spanish: """
    el la los las lo un una unos unas de del a al en con por para sin sobre entre hasta desde y e
    o u ni pero sino que quien quienes cual cuando como donde si no yo tú él ella nosotros
    vosotros ellos ellas me te se nos os le les mi mis tu tus su sus nuestro nuestra este esta
    estos estas ese esa esos esas aquel aquella esto eso es son era eran ser fue fueron está están
    ha han he hay había también más muy ya
    """,
    .swedish: """
    och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke
    mig du henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från
    ut när efter upp vi dem vara vad över än dig kan sina här ha mot under eller också sedan utan
    varit blev bli blir oss din dessa detta denna dess er era deras vår våra vilken vilket vilka
    """,
    .tamil: """
    ஒரு என்று மற்றும் இந்த இது அது அந்த என்ற என்பது உள்ள ஆகும் அவர் அவர்கள் அவன் அவள் நான் நாம் நீ
    நீங்கள் தான் மேலும் இல்லை ஆனால் அல்லது போன்ற வரை மூலம் பின்னர் முன்
    """,
    .turkish: """
    ve veya ya da de ile bir bu şu o için gibi kadar çok daha en ama fakat ancak çünkü eğer ki mi
    mı mu mü ne değil ben sen biz siz onlar onun onu ona bunun bunu buna benim senin bizim sizin
    onların var yok olan olarak ise hem göre sonra önce her
    """,
    .yiddish: """
    און אין איז דער די דאָס דאס דעם אַ א אַן אן פֿון פון צו מיט אויף פֿאַר פאר ביי בײַ ניט נישט
    איך דו ער זי מיר איר זיי עס זיך מען וואָס וואס ווי ווען אַז אז אָבער אבער אָדער אדער זײַן זיין
    האָט האט האָבן האבן זענען געווען וועט אויך
    """,
  ]
}
